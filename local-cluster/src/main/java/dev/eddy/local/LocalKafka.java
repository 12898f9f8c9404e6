package dev.eddy.local;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.flink.util.FileUtils;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.utils.Time;

/**
 * A real Kafka broker inside this JVM: KRaft, broker and controller in one, on free ports of the
 * loopback address, with its log in a new temporary folder. {@link #close} stops it and removes the
 * folder.
 */
public final class LocalKafka implements AutoCloseable {
  private final Path folder;
  private final String bootstrapServers;
  private final KafkaRaftServer server;
  private boolean closed;

  /** Returns when the broker serves requests. */
  public LocalKafka() throws Exception {
    folder = Files.createTempDirectory("eddy-kafka-");
    try (ServerSocket broker = freePort();
        ServerSocket controller = freePort()) {
      bootstrapServers = "localhost:" + broker.getLocalPort();
      Properties properties =
          properties(bootstrapServers, "localhost:" + controller.getLocalPort());
      server = Uninterrupted.call(() -> server(properties));
    }
    boolean started = false;
    try {
      started = Uninterrupted.call(this::start);
    } finally {
      if (!started) {
        close();
      }
    }
  }

  private boolean start() {
    server.startup();
    return true;
  }

  /** What clients call {@code bootstrap.servers}. */
  public String bootstrapServers() {
    return bootstrapServers;
  }

  /**
   * Makes a topic and waits until it exists.
   *
   * @param config Kafka's topic options, {@code cleanup.policy} for example
   */
  public void createTopic(String name, int partitions, Map<String, String> config)
      throws InterruptedException, ExecutionException {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
      NewTopic topic = new NewTopic(name, partitions, (short) 1).configs(config);
      admin.createTopics(List.of(topic)).all().get();
      while (!known(admin, name)) {
        TimeUnit.MILLISECONDS.sleep(10);
      }
    }
  }

  /** Whether the broker knows what its controller has created, and leads it. */
  private static boolean known(Admin admin, String topic)
      throws InterruptedException, ExecutionException {
    try {
      return admin
          .describeTopics(List.of(topic))
          .allTopicNames()
          .get()
          .get(topic)
          .partitions()
          .stream()
          .allMatch(partition -> partition.leader() != null);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return false;
      }
      throw e;
    }
  }

  private Properties properties(String broker, String controller) {
    Properties p = new Properties();
    p.put("process.roles", "broker,controller");
    p.put("node.id", "1");
    p.put("controller.quorum.voters", "1@" + controller);
    p.put("listeners", "BROKER://" + broker + ",CONTROLLER://" + controller);
    p.put("advertised.listeners", "BROKER://" + broker);
    p.put("listener.security.protocol.map", "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT");
    p.put("controller.listener.names", "CONTROLLER");
    p.put("inter.broker.listener.name", "BROKER");
    p.put("log.dirs", folder.resolve("log").toString());
    for (String topic :
        List.of("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")) {
      p.put(topic + ".replication.factor", "1");
      p.put(topic + ".num.partitions", "1");
    }
    p.put("transaction.state.log.min.isr", "1");
    p.put("share.coordinator.state.topic.min.isr", "1");
    p.put("group.initial.rebalance.delay.ms", "0");
    p.put("auto.create.topics.enable", "false");
    p.put("log.cleaner.dedupe.buffer.size", "4194304");
    return p;
  }

  private KafkaRaftServer server(Properties properties) throws IOException {
    format(properties);
    return new KafkaRaftServer(KafkaConfig.fromProps(properties, false), Time.SYSTEM);
  }

  private void format(Properties properties) throws IOException {
    Path file = folder.resolve("server.properties");
    try (OutputStream out = Files.newOutputStream(file)) {
      properties.store(out, null);
    }
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    String[] arguments = {
      "format", "--cluster-id", Uuid.randomUuid().toString(), "--config", file.toString()
    };
    int exit = StorageTool.execute(arguments, new PrintStream(said, true, StandardCharsets.UTF_8));
    if (exit != 0) {
      throw new IOException(
          "kafka format: exit " + exit + ": " + said.toString(StandardCharsets.UTF_8));
    }
  }

  private static ServerSocket freePort() throws IOException {
    return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }

  /** Where everything of it lies while it runs. */
  Path folder() {
    return folder;
  }

  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      Uninterrupted.call(this::stop);
    } catch (Exception e) {
      throw new IOException("kafka broker: did not stop cleanly", e);
    } finally {
      FileUtils.deleteDirectory(folder.toFile());
    }
  }

  private boolean stop() {
    server.shutdown();
    server.awaitShutdown();
    return true;
  }
}
