// SPDX-License-Identifier: Apache-2.0
package io.millrace.eventlog;

import io.millrace.core.Causes;
import io.millrace.core.log.EventLogUnavailable;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Time;
import org.jspecify.annotations.Nullable;
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
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A Kafka broker in this process: one KRaft node that is its own controller, listens on the loopback address only
 * and keeps its data in a directory. Data outlive the process, however it ends. A broker whose disk fails, mostly because it is full,
 * takes nothing until the disk is well again; then it is started anew, at the same address.
 */
public final class EmbeddedKafka implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedKafka.class);
  private static final int ATTEMPTS = 5;
  private static final String SCHEME = "PLAINTEXT://";
  private static final Duration BETWEEN_RESTARTS = Duration.ofSeconds(1);

  /** Bytes that must be free before a broker is started anew: indexes of its open files, and something to go on with. */
  private static final long ROOM = 32L << 20;

  private static final long MEGABYTE = 1 << 20;

  /** Whether the disk takes anything is tried with so many bytes. */
  private static final int TRIED = 1 << 16;

  /**
   * The broker on whose behalf a thread runs. Kafka tells of a failure by ending the process, whichever broker it is of; its threads have
   * this from the one that started the broker.
   */
  private static final InheritableThreadLocal<@Nullable EmbeddedKafka> OWNER = new InheritableThreadLocal<>();

  private final Path home;
  private final DirectoryLock lock;
  private final Map<String, String> settings;
  private final AtomicLong failures = new AtomicLong();
  /** How often brokers had failed before the one that runs. */
  private volatile long failuresBefore;

  private final AtomicBoolean recovering = new AtomicBoolean();
  private volatile boolean started;
  private volatile boolean closed;

  private volatile @Nullable String trouble;

  /** Guarded by this; null while the broker is down. */
  private @Nullable KafkaRaftServer server;

  private EmbeddedKafka(Path home, DirectoryLock lock, Map<String, String> settings) {
    this.home = home;
    this.lock = lock;
    this.settings = settings;
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
      EmbeddedKafka broker = new EmbeddedKafka(home, lock, settings);
      try {
        broker.launch();
      } catch (RuntimeException e) {
        if (isBindFailure(e) && port == 0 && attempt < ATTEMPTS) {
          continue; // Somebody took the port between our look and the broker's.
        }
        throw new EventLogUnavailable(
            "the event log's broker in " + home + " did not start on port " + brokerPort + ": " + e
                + (isBindFailure(e) ? "; choose another port, or 0 for any free one" : ""),
            e);
      }
      lock.announce(broker.bootstrapServers());
      LOG.info("event log in {} on {}", home, broker.bootstrapServers());
      broker.started = true;
      if (broker.trouble != null) {
        broker.recoverSoon(); // it failed while it was announced
      }
      return broker;
    }
  }

  private synchronized void launch() {
    OWNER.set(this);
    try {
      KafkaRaftServer fresh = new KafkaRaftServer(new Configuration(), Time.SYSTEM);
      try {
        fresh.startup();
      } catch (Throwable t) { // Kafka's Scala code throws checked exceptions without saying so
        end(fresh);
        switch (t) {
          case RuntimeException e -> throw e;
          case Error e -> throw e;
          default -> throw new IllegalStateException(t.toString(), t);
        }
      }
      server = fresh;
    } finally {
      OWNER.remove();
    }
  }

  /** Hears that the broker has failed; called on one of its threads. */
  private void failed(@Nullable String why) {
    trouble =
        "its broker in " + home + " has failed (" + Objects.requireNonNullElse(why, "it does not say why")
            + "): free some space if its disk is full, and it goes on by itself";
    failures.incrementAndGet();
    recoverSoon();
  }

  private void recoverSoon() {
    if (started && !closed && recovering.compareAndSet(false, true)) {
      Thread.ofPlatform().daemon().name("event-log-recovery").start(this::recover);
    }
  }

  /** Tries again and again to have a broker that works. */
  private void recover() {
    try {
      while (!closed && !restarted()) {
        TimeUnit.MILLISECONDS.sleep(BETWEEN_RESTARTS.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      recovering.set(false);
    }
    if (failures.get() > failuresBefore) {
      recoverSoon(); // it failed once more while it started
    }
  }

  private synchronized boolean restarted() {
    if (closed) {
      return true;
    }
    stop();
    failuresBefore = failures.get();
    try {
      requireRoom();
      launch();
      if (failures.get() == failuresBefore) {
        trouble = null;
      }
      LOG.info("the event log's broker in {} is back", home);
      return true;
    } catch (Throwable e) { // whatever it is, the next attempt may find room
      String found = "its broker in " + home + " is down and cannot be started yet: " + e.getMessage();
      if (!found.equals(trouble)) {
        LOG.warn("event log: {}", found);
      }
      trouble = found;
      return false;
    }
  }

  /** A broker that starts on a disk that is still full would fail at once. */
  private void requireRoom() throws IOException {
    long free = Files.getFileStore(home).getUsableSpace();
    if (free < ROOM) {
      throw new IOException("only %d MB are free on its disk, and it takes %d: free some space".formatted(free / MEGABYTE, ROOM / MEGABYTE));
    }
    Path tried = home.resolve("room");
    try {
      Files.write(tried, new byte[TRIED]);
    } finally {
      Files.deleteIfExists(tried);
    }
  }

  private synchronized void stop() {
    KafkaRaftServer old = server;
    server = null;
    if (old != null) {
      end(old);
    }
  }

  private static void end(KafkaRaftServer server) {
    try {
      server.shutdown();
      server.awaitShutdown();
    } catch (Throwable t) { // checked ones too, of which its Scala code says nothing
      LOG.warn("the event log's broker did not stop in order: {}", t.toString());
    }
  }

  /** The settings, as Kafka reads them. */
  private final class Configuration extends KafkaConfig {
    Configuration() {
      super(settings, false);
    }

    /** A broker asks its controller for leave to stop, and waits for minutes; the controller of one that has failed may be dead. */
    @Override
    public Boolean controlledShutdownEnable() {
      return failures.get() == failuresBefore;
    }
  }

  /** Returns the broker's address, which changes from start to start unless a port was set. */
  public String bootstrapServers() {
    return Objects.requireNonNull(settings.get("advertised.listeners")).substring(SCHEME.length());
  }

  /** Returns why the broker takes nothing, if it has failed; empty when all is well. */
  public Optional<String> trouble() {
    return Optional.ofNullable(trouble);
  }

  /** Stops the broker in order; data stay. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    stop();
    try {
      lock.close();
    } catch (IOException e) {
      LOG.warn("the lock of the event log could not be given up: {}", e.toString());
    }
  }

  /** Small: a laptop runs this beside everything else. Sizes in bytes, times in milliseconds. */
  private static Map<String, String> settings(Path home, int brokerPort, int controllerPort) {
    String broker = SCHEME + "127.0.0.1:" + brokerPort;
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
        // By default it waits for ever, and whoever wants to stop it waits as well.
        Map.entry("server.max.startup.time.ms", "300000"),
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
   * thread ends instead, appends fail, and the broker is started anew when its disk is well.
   */
  private static void stayAliveWhenTheBrokerDies() {
    Exit.Procedure refuse =
        (status, message) -> {
          LOG.error(
              "the event log's broker has failed ({}): {}; if its disk is full, free some space: it goes on by itself", status, message);
          EmbeddedKafka owner = OWNER.get();
          if (owner != null) {
            owner.failed(message);
          }
          throw new IllegalStateException("the event log's broker has failed: " + message);
        };
    Exit.setExitProcedure(refuse);
    Exit.setHaltProcedure(refuse);
  }

  private static boolean isBindFailure(Throwable failure) {
    return Causes.of(failure).stream()
        .anyMatch(cause -> cause instanceof BindException || String.valueOf(cause.getMessage()).contains("Address already in use"));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      return socket.getLocalPort();
    }
  }
}
