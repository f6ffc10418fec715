// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Passage;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.Eviction;
import io.millrace.core.log.LogFollower;
import io.millrace.core.log.LogRecord;
import io.millrace.core.log.LogView;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.log.Topic;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps a {@link PassageStore} equal to the topics of passages, embeddings and evictions: a change is found within about 0.2 s of
 * its being in the log. An index that is missing, damaged or of another format is built anew while it serves.
 */
public final class IndexView implements AutoCloseable {

  /** Evictions first: an index that is built anew does not take in what is to be moved out again. */
  public static final List<Topic> TOPICS = List.of(Topic.EVICTIONS, Topic.PASSAGES, Topic.VECTORS);

  private final PassageStore index;
  private final LogFollower follower;

  /**
   * Starts to follow the log.
   *
   * @param index not closed with the view; nothing else may write to it
   */
  public IndexView(EventLog log, PassageStore index) {
    this.index = index;
    this.follower = new LogFollower("index-view", log, TOPICS, new Writing(index));
  }

  /** Returns whether all that was in the log at the last look can be found. */
  public boolean caughtUp() {
    return follower.caughtUp();
  }

  /** Returns how many records of the log were not yet applied at the last look. */
  public long lag() {
    return follower.lag();
  }

  /** Returns how many records made no sense and were set aside as dead letters since the start. */
  public long skipped() {
    return follower.skipped();
  }

  /** Returns what keeps the view from going on right now; empty when all is well. */
  public Optional<String> trouble() {
    return follower.trouble();
  }

  /**
   * Commits what was applied so far, now.
   *
   * @return whether it was done in time; otherwise the last commit stands
   */
  public boolean commit(Duration patience) {
    return follower.commit(patience);
  }

  /** Returns how much can be found. */
  public PassageIndex.Counts counts() {
    return index.counts();
  }

  /** Stops following and commits; the index stays open. */
  @Override
  public void close() {
    follower.close();
  }

  private record Writing(PassageStore index) implements LogView {
    @Override
    public void apply(Topic topic, LogRecord record) throws IOException {
      byte[] value = record.value();
      if (topic == Topic.EVICTIONS) {
        if (value != null && Json.read(value, Eviction.class).archived()) {
          index.archive(record.key());
        } else {
          index.restore(record.key());
        }
      } else if (topic == Topic.PASSAGES) {
        if (value == null) {
          index.delete(record.key());
        } else {
          index.put(record.key(), List.of(Json.read(value, Passage[].class)));
        }
      } else if (value != null) {
        // The key names the model, too, where it is not the pretrained one.
        PassageVectors vectors = Json.read(value, PassageVectors.class);
        index.putVectors(vectors.documentId(), vectors);
      }
      // A deleted embedding needs nothing: it goes with its passage.
    }

    @Override
    public void refresh() throws IOException {
      index.refresh();
    }

    @Override
    public Map<String, String> refused() {
      return index.refused();
    }

    @Override
    public void commit(Map<String, String> facts) throws IOException {
      index.commit(facts);
    }

    @Override
    public Map<String, String> committed() {
      return index.committed();
    }

    @Override
    public void reopen() {
      index.reopen();
    }

    @Override
    public void clear() throws IOException {
      index.clear();
    }
  }
}
