// SPDX-License-Identifier: Apache-2.0
package io.millrace.eventlog;

import io.millrace.core.log.EventLogUnavailable;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Time;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;

/**
 * A Kafka broker in this process: one KRaft node that is its own controller, listens on the loopback address only
 * and keeps its data in a directory. Data outlive the process, however it ends.
 */
public final class EmbeddedKafka implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedKafka.class);
  private static final int ATTEMPTS = 5;

  private final DirectoryLock lock;
  private final KafkaRaftServer server;
  private final String bootstrapServers;
  private boolean closed;

  private EmbeddedKafka(DirectoryLock lock, KafkaRaftServer server, String bootstrapServers) {
    this.lock = lock;
    this.server = server;
    this.bootstrapServers = bootstrapServers;
  }

  /**
   * Starts a broker; the first time it formats the directory.
   *
   * @param port of the broker; 0 for any free one
   * @throws DirectoryInUse when another broker uses the directory, naming its process
   * @throws EventLogUnavailable when it cannot start
   */
  public static EmbeddedKafka start(Path directory, int port) {
    Path home = directory.toAbsolutePath().normalize();
    try {
      Files.createDirectories(home);
      DirectoryLock lock = DirectoryLock.take(home.toRealPath());
      try {
        return start(home, port, lock);
      } catch (RuntimeException | IOException e) {
        lock.close();
        throw e;
      }
    } catch (IOException e) {
      throw new EventLogUnavailable(
          "cannot start the event log in " + home + ": " + e + "; check that the directory can be written to and that"
              + " its disk has space",
          e);
    }
  }

  private static EmbeddedKafka start(Path home, int port, DirectoryLock lock) throws IOException {
    stayAliveWhenTheBrokerDies();
    for (int attempt = 1; ; attempt++) {
      int brokerPort = port == 0 ? freePort() : port;
      Map<String, String> settings = settings(home, brokerPort, freePort());
      format(home, settings);
      KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(settings, false), Time.SYSTEM);
      try {
        server.startup();
      } catch (RuntimeException e) {
        server.shutdown();
        if (isBindFailure(e) && port == 0 && attempt < ATTEMPTS) {
          continue; // Somebody took the port between our look and the broker's.
        }
        throw new EventLogUnavailable(
            "the event log's broker in " + home + " did not start on port " + brokerPort + ": " + e
                + (isBindFailure(e) ? "; choose another port, or 0 for any free one" : ""),
            e);
      }
      String bootstrapServers = "127.0.0.1:" + brokerPort;
      lock.announce(bootstrapServers);
      LOG.info("event log in {} on {}", home, bootstrapServers);
      return new EmbeddedKafka(lock, server, bootstrapServers);
    }
  }

  /** Returns the broker's address, which changes from start to start unless a port was set. */
  public String bootstrapServers() {
    return bootstrapServers;
  }

  /** Stops the broker in order; data stay. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    server.shutdown();
    server.awaitShutdown();
    try {
      lock.close();
    } catch (IOException e) {
      LOG.warn("the lock of the event log could not be given up: {}", e.toString());
    }
  }

  /** Small: a laptop runs this beside everything else. Sizes in bytes, times in milliseconds. */
  private static Map<String, String> settings(Path home, int brokerPort, int controllerPort) {
    String broker = "PLAINTEXT://127.0.0.1:" + brokerPort;
    return Map.ofEntries(
        Map.entry("process.roles", "broker,controller"),
        Map.entry("node.id", "1"),
        Map.entry("controller.quorum.voters", "1@127.0.0.1:" + controllerPort),
        Map.entry("listeners", broker + ",CONTROLLER://127.0.0.1:" + controllerPort),
        Map.entry("advertised.listeners", broker),
        Map.entry("controller.listener.names", "CONTROLLER"),
        Map.entry("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"),
        Map.entry("log.dirs", home.resolve("data").toString()),
        Map.entry("auto.create.topics.enable", "false"),
        Map.entry("message.max.bytes", Integer.toString(KafkaClients.LARGEST_RECORD)),
        Map.entry("offsets.topic.replication.factor", "1"),
        Map.entry("offsets.topic.num.partitions", "1"),
        Map.entry("offsets.topic.segment.bytes", "16777216"),
        Map.entry("transaction.state.log.replication.factor", "1"),
        Map.entry("transaction.state.log.min.isr", "1"),
        Map.entry("transaction.state.log.num.partitions", "1"),
        Map.entry("group.initial.rebalance.delay.ms", "0"),
        Map.entry("num.network.threads", "2"),
        Map.entry("num.io.threads", "2"),
        Map.entry("background.threads", "2"),
        Map.entry("num.replica.fetchers", "1"),
        Map.entry("group.coordinator.threads", "1"),
        Map.entry("share.coordinator.threads", "1"),
        Map.entry("log.cleaner.dedupe.buffer.size", "16777216"),
        Map.entry("log.index.size.max.bytes", "1048576"),
        Map.entry("log.segment.bytes", "67108864"),
        // There is no other copy, so records go to the disk every second: a power cut costs at most that.
        Map.entry("log.flush.interval.ms", "1000"),
        Map.entry("log.flush.scheduler.interval.ms", "1000"),
        // A restart after a kill waits until the session of the broker that died has run out.
        Map.entry("broker.session.timeout.ms", "1500"),
        Map.entry("broker.heartbeat.interval.ms", "300"));
  }

  private static void format(Path home, Map<String, String> settings) throws IOException {
    if (Files.exists(home.resolve("data").resolve("meta.properties"))) {
      return;
    }
    Files.createDirectories(home.resolve("data"));
    Path file = home.resolve("broker.properties");
    Properties properties = new Properties();
    properties.putAll(settings);
    try (var out = Files.newBufferedWriter(file)) {
      properties.store(out, "What the directory was formatted with");
    }
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    int status =
        StorageTool.execute(
            new String[] {
              "format", "--cluster-id", Uuid.randomUuid().toString(), "--config", file.toString(), "--ignore-formatted"
            },
            new PrintStream(said, true, StandardCharsets.UTF_8));
    if (status != 0) {
      throw new IOException("formatting " + home + " failed: " + said.toString(StandardCharsets.UTF_8));
    }
  }

  /**
   * Kafka ends the process when its disk fails. Here it shares the process with what can still answer, so the failing
   * thread ends instead, and appends fail with the reason and remedy.
   */
  private static void stayAliveWhenTheBrokerDies() {
    Exit.Procedure refuse =
        (status, message) -> {
          LOG.error("the event log's broker has failed ({}): {}; free disk space and restart", status, message);
          throw new IllegalStateException("the event log's broker has failed: " + message);
        };
    Exit.setExitProcedure(refuse);
    Exit.setHaltProcedure(refuse);
  }

  private static boolean isBindFailure(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException || String.valueOf(cause.getMessage()).contains("Address already in use")) {
        return true;
      }
    }
    return false;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      return socket.getLocalPort();
    }
  }
}
