// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.solr;

import io.millrace.core.json.Json;
import io.millrace.core.time.Deadline;
import io.millrace.memory.MemoryUnavailable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Decides which one of several gateways writes to a collection: the one that holds a record there and renews it, by Solr's optimistic locking. Others watch
 * the record's version, and take it once it has not changed for a while on their own clocks, which need not agree.
 *
 * <p>A holder that is stopped for long and goes on may write once more before it notices; what it writes is what the log said, and the new
 * holder, whose log is the same, writes it as well. Positions in the log are locked by themselves. Safe for use by several threads.
 */
final class WriterLease implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(WriterLease.class);
  private static final Duration RENEWED = Duration.ofSeconds(4);
  private static final Duration LASTS = Duration.ofSeconds(15);
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final int CONFLICT = 409;

  /** As the holder of a record that nobody holds. */
  private static final String NOBODY = "nobody";

  private final SolrNodes solr;
  private final String collection;
  private final String self = UUID.randomUUID().toString();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread renewing;

  /** Version of the record as it was last seen, and when that was first seen; guarded by {@code this}, as is all below. */
  private long version = -1;

  private long seenAt = System.nanoTime();
  private boolean held;
  private long renewedAt;

  /** Takes the lease if nobody holds it, and goes on trying. */
  WriterLease(SolrNodes solr, String collection) {
    this.solr = solr;
    this.collection = collection;
    round();
    this.renewing = Thread.ofVirtual().name("solr-writer-lease").start(this::run);
  }

  /** Returns whether this gateway writes now. */
  synchronized boolean held() {
    return held && System.nanoTime() - renewedAt < LASTS.toNanos();
  }

  private void run() {
    try {
      while (!closed.await(RENEWED.toMillis(), TimeUnit.MILLISECONDS)) {
        round();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void round() {
    try {
      JsonNode record = read();
      String holder = SolrNodes.text(record, SolrLayout.FACTS);
      long now = record.path("_version_").asLong(-1);
      if (now != version) {
        version = now;
        seenAt = System.nanoTime();
      }
      boolean free = holder == null || holder.equals(NOBODY) || System.nanoTime() - seenAt > LASTS.toNanos();
      if (self.equals(holder) || free) {
        long begun = System.nanoTime();
        // Solr may say that it took a change and lose it while leaders are elected; so what it has is looked at.
        held = self.equals(SolrNodes.text(write(self), SolrLayout.FACTS));
        renewedAt = begun;
      } else {
        held = false;
      }
    } catch (SolrNodes.Refused e) {
      held = false;
      if (e.status() != CONFLICT) {
        LOG.warn("who writes to Solr collection {} could not be settled: {}", collection, e.getMessage());
      }
    } catch (MemoryUnavailable e) {
      LOG.debug("who writes to Solr collection {} could not be settled", collection, e);
    }
  }

  private JsonNode read() throws SolrNodes.Refused {
    return solr.ask(
            "/" + collection + "/get", Map.of("id", SolrLayout.LEASE_ID, "fl", SolrLayout.FACTS + ",_version_"), Deadline.after(PATIENCE))
        .path("doc");
  }

  private JsonNode write(String holder) throws SolrNodes.Refused {
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("id", SolrLayout.LEASE_ID);
    record.put(SolrLayout.KIND, SolrLayout.LEASE);
    record.put(SolrLayout.FACTS, holder);
    record.put("_version_", version);
    solr.send(
        "/" + collection + "/update?wt=json", "application/json", Json.write(List.of(record)).getBytes(StandardCharsets.UTF_8),
        Deadline.after(PATIENCE));
    JsonNode written = read();
    version = written.path("_version_").asLong(-1);
    seenAt = System.nanoTime();
    return written;
  }

  /** Gives the lease back, so that another gateway writes at once. */
  @Override
  public void close() {
    closed.countDown();
    try {
      renewing.join(Duration.ofSeconds(5));
      synchronized (this) {
        if (held) {
          held = false;
          write(NOBODY);
        }
      }
    } catch (SolrNodes.Refused | MemoryUnavailable e) {
      LOG.debug("the lease of {} is left to end by itself", collection, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
