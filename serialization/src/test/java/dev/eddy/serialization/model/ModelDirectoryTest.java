package dev.eddy.serialization.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.serialization.DeepEquals;
import dev.eddy.serialization.InvalidModelException;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelDirectoryTest {
  @TempDir Path folder;
  private ModelSnapshot model;

  @BeforeEach
  void version0() {
    ModelSnapshot trained = Samples.model(Samples.CONFIG);
    model = new ModelSnapshot("main", 0, -1, 0, trained.config(), trained.tensors());
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    Path directory = folder.resolve("a/b");
    ModelDirectory.write(model, directory, false);
    assertTrue(DeepEquals.test(model, ModelDirectory.read(directory, "main")));
    assertEquals(List.of("config.json", "model.safetensors"), files(directory));
  }

  @Test
  void theSameModelAgainIsNoReplacement() {
    ModelDirectory.write(model, folder, false);
    ModelDirectory.write(model, folder, false);
    assertTrue(DeepEquals.test(model, ModelDirectory.read(folder, "main")));
  }

  @Test
  void anotherModelReplacesItOnlyWhenAsked() throws IOException {
    ModelDirectory.write(model, folder, false);
    Files.writeString(folder.resolve("notes.txt"), "mine");
    model.tensors().get("output.bias")[0] = 7;
    assertEquals(
        folder
            + ": holds another model already; name another folder, or delete its config.json and"
            + " model.safetensors",
        assertThrows(InvalidModelException.class, () -> ModelDirectory.write(model, folder, false))
            .getMessage());
    assertFalse(DeepEquals.test(model, ModelDirectory.read(folder, "main")));
    ModelDirectory.write(model, folder, true);
    assertTrue(DeepEquals.test(model, ModelDirectory.read(folder, "main")));
    assertEquals(List.of("config.json", "model.safetensors", "notes.txt"), files(folder));
  }

  @Test
  void aFolderThatCannotBeIsOneLine() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertMessage(
        file.resolve("sub") + ": ", () -> ModelDirectory.write(model, file.resolve("sub"), false));
  }

  @Test
  void missingFilesAreNamed() throws IOException {
    Path config = folder.resolve("config.json");
    String none =
        ": no such file; a model directory has config.json and model.safetensors, and eddy init"
            + " makes one";
    assertMessage(config + none, this::read);
    ModelDirectory.write(model, folder, false);
    Files.delete(folder.resolve("model.safetensors"));
    assertMessage(folder.resolve("model.safetensors") + none, this::read);
  }

  @Test
  void aBadConfigNamesFileAndKey() throws IOException {
    ModelDirectory.write(model, folder, false);
    Path config = folder.resolve("config.json");
    Files.writeString(config, Files.readString(config).replace("\"num_layers\"", "\"layers\""));
    assertMessage(config + ": unknown key 'layers'", this::read);
  }

  @Test
  void tensorsAreThoseOfTheConfig() throws IOException {
    String file = folder.resolve("model.safetensors") + ": ";
    ModelDirectory.write(model, folder, false);

    TreeMap<String, Safetensors.Tensor> tensors =
        new TreeMap<>(Safetensors.read(Files.readAllBytes(folder.resolve("model.safetensors"))));
    TreeMap<String, Safetensors.Tensor> missing = new TreeMap<>(tensors);
    missing.remove("rnn.bias_hh_l1");
    store(missing);
    assertMessage(file + "rnn.bias_hh_l1: missing; expected shape [12]", this::read);

    TreeMap<String, Safetensors.Tensor> extra = new TreeMap<>(tensors);
    extra.put("rnn.bias_hh_l2", tensors.get("rnn.bias_hh_l1"));
    store(extra);
    assertMessage(
        file + "rnn.bias_hh_l2: unexpected; config.json asks for no such tensor", this::read);

    TreeMap<String, Safetensors.Tensor> misshapen = new TreeMap<>(tensors);
    misshapen.put(
        "output.weight",
        new Safetensors.Tensor(new int[] {6, 2}, tensors.get("output.weight").values()));
    store(misshapen);
    assertMessage(file + "output.weight: expected shape [2, 6], found [6, 2]", this::read);

    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      tensors.get("output.bias").values()[1] = bad;
      store(tensors);
      assertMessage(file + "output.bias: number 1 is " + bad + "; must be finite", this::read);
    }
  }

  @Test
  void noUnsoundModelIsWritten() throws IOException {
    model.tensors().get("output.bias")[0] = Float.NaN;
    assertMessage(
        "output.bias: number 0 is NaN; must be finite",
        () -> ModelDirectory.write(model, folder, false));
    model.tensors().put("output.bias", new float[3]);
    assertMessage(
        "output.bias: expected 2 numbers, found 3",
        () -> ModelDirectory.write(model, folder, false));
    assertEquals(List.of(), files(folder));
  }

  @Test
  void valuesKeepTheirBits() {
    float[] bits = model.tensors().get("output.weight");
    bits[0] = -0f;
    bits[1] = Float.MIN_VALUE;
    bits[2] = -Float.MAX_VALUE;
    ModelDirectory.write(model, folder, false);
    assertArrayEquals(bits, ModelDirectory.read(folder, "m").tensors().get("output.weight"));
  }

  private void read() {
    ModelDirectory.read(folder, "main");
  }

  private void store(SortedMap<String, Safetensors.Tensor> tensors) throws IOException {
    Files.write(folder.resolve("model.safetensors"), Safetensors.write(tensors));
  }

  private static void assertMessage(String start, Runnable work) {
    String message = assertThrows(InvalidModelException.class, work::run).getMessage();
    assertTrue(message.startsWith(start), message);
    assertEquals(1, message.lines().count(), message);
  }

  private static List<String> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
