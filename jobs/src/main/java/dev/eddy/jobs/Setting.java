package dev.eddy.jobs;

/**
 * One value that a user gave.
 *
 * @param key the whole key, with {@code eddy.} where it is ours
 * @param where the flag, or the file and its line
 */
record Setting(String key, String value, String where) {
  BadConfiguration refuse(String why) {
    return new BadConfiguration(key + ": " + why + " (" + where + ")");
  }
}
