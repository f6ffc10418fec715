// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.core.log.EventLog;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.eventlog.EventLogs;
import io.millrace.memory.BgeModel;
import io.millrace.memory.EncoderEmbedder;
import io.millrace.memory.RegistryEmbedders;
import io.millrace.nearline.EmbeddingModels;
import io.millrace.nearline.Nearline;
import io.millrace.nearline.NearlineStatus;
import io.millrace.online.Gateway;
import io.millrace.online.GatewaySettings;
import io.millrace.online.NearlineStates;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** All tiers of a domain in one process: opens the meeting places, then starts what is asked for around them. */
final class Mill implements AutoCloseable {

  private static final long POLL_MILLIS = 50;

  private final Place place;
  private final HomeSettings settings;
  private final ArtifactRegistry registry;
  private final EventLog log;
  private @Nullable Nearline nearline;
  private @Nullable EmbeddingFollower embeddings;
  private @Nullable Gateway gateway;

  private Mill(Place place, HomeSettings settings) {
    this.place = place;
    this.settings = settings;
    this.registry = place.registry();
    this.log = EventLogs.open(settings.eventLog(place));
  }

  /** Opens event log and registry. */
  static Mill open(Place place) {
    return new Mill(place, HomeSettings.load(place.home()));
  }

  ArtifactRegistry registry() {
    return registry;
  }

  EventLog log() {
    return log;
  }

  /** Starts the streaming jobs. */
  void startNearline() {
    RegistryEmbedders models =
        new RegistryEmbedders(registry, place.pack().name(), place.pack().spoken());
    EmbeddingModels now = EmbeddingFollower.of(models);
    nearline =
        Nearline.start(
            log, settings.nearline(place, (language, threads) -> new EncoderEmbedder(BgeModel.of(language), threads)), now);
    embeddings = new EmbeddingFollower(models, nearline, now);
  }

  /** Starts the gateway. */
  Gateway startGateway(GatewaySettings gatewaySettings) {
    gateway = Gateway.start(gatewaySettings, log, registry, this::states);
    return gateway;
  }

  private Map<String, NearlineStates.Job> states() {
    Map<String, NearlineStates.Job> states = new LinkedHashMap<>();
    if (nearline != null) {
      for (NearlineStatus.Pipeline pipeline : nearline.status().pipelines()) {
        states.put(pipeline.name(), new NearlineStates.Job(pipeline.state(), pipeline.done(), pipeline.total()));
      }
    }
    return states;
  }

  /** Waits until all published documents were cut into passages. */
  void awaitPassages(BooleanSupplier cancelled, Consumer<NearlineStatus.Pipeline> watcher)
      throws InterruptedException {
    await("passages", cancelled, watcher);
  }

  /** Waits until all passages that came in bulk were embedded; documents that keep coming are not waited for. */
  void awaitEmbeddings(BooleanSupplier cancelled, Consumer<NearlineStatus.Pipeline> watcher)
      throws InterruptedException {
    await("vectors-backlog", cancelled, watcher);
  }

  /** Waits until the pipelines whose names begin so have nothing to do. */
  private void await(String names, BooleanSupplier cancelled, Consumer<NearlineStatus.Pipeline> watcher)
      throws InterruptedException {
    while (nearline != null) {
      NearlineStatus.Pipeline busy =
          nearline.status().pipelines().stream()
              .filter(each -> each.name().startsWith(names) && !(each.running() && each.lag() == 0))
              .findFirst().orElse(null);
      if (busy == null) {
        return;
      }
      if (cancelled.getAsBoolean()) {
        throw new CancellationException("stopped while '" + busy.name() + "' had " + busy.lag() + " records to do");
      }
      watcher.accept(busy);
      Thread.sleep(POLL_MILLIS);
    }
  }

  /**
   * Refuses a port that is taken before any work is done for it.
   *
   * @throws IllegalArgumentException when it is taken, with the remedy
   */
  static void checkPort(GatewaySettings settings) {
    if (settings.port() == 0) {
      return;
    }
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getByName(settings.host()), settings.port()));
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "port " + settings.port() + " on " + settings.host() + " is taken (" + e.getMessage()
              + "): stop what uses it, or choose another with --port",
          e);
    }
  }

  /** Stops the gateway first, so that what it still has to write finds the log. */
  @Override
  public void close() {
    if (gateway != null) {
      gateway.close();
    }
    if (embeddings != null) {
      embeddings.close();
    }
    if (nearline != null) {
      nearline.close();
    }
    log.close();
  }
}
