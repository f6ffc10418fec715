// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.document.Passages;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.log.PassageVectors.PassageVector;
import io.millrace.core.log.Topic;
import io.millrace.core.spi.Embedder;
import io.millrace.core.time.Yielding;
import io.millrace.memory.TextHash;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Embeds the passages of the documents of one lane. A lane that has once written a document's vectors goes on to
 * follow that document when it passes to the other lane, so that whichever lane writes last writes the vectors of the
 * latest text.
 */
final class PassageEmbedding extends FollowingFunction {

  private static final long serialVersionUID = 1L;

  /** Passages embedded in one call; between calls the job can be stopped. */
  private static final int BATCH = 32;

  private final Lane lane;
  private final Embedders embedders;

  /** Whose texts; null for all languages. */
  private final @Nullable Language language;

  /** Put behind documents' identities in keys. */
  private final String suffix;

  /** Digest of the texts whose vectors were written last. */
  @SuppressWarnings("NullAway.Init") // set in open
  private transient ValueState<String> published;

  @SuppressWarnings("NullAway.Init") // set in open
  private transient Map<Language, Embedder> open;

  /** Embeds all texts by the pretrained models. */
  PassageEmbedding(Lane lane, Embedders embedders) {
    this.lane = lane;
    this.embedders = embedders;
    this.language = null;
    this.suffix = "";
  }

  /** Embeds texts of one language by a model of its own. */
  PassageEmbedding(Lane lane, TunedEmbedding tuned) {
    this.lane = lane;
    this.embedders = tuned.embedders();
    this.language = tuned.language();
    this.suffix = tuned.suffix();
  }

  @Override
  public void open(OpenContext context) {
    published = getRuntimeContext().getState(new ValueStateDescriptor<>("published", Types.STRING));
    open = new EnumMap<>(Language.class);
    if (lane == Lane.BACKLOG) {
      // This thread computes the embeddings itself, so it is the one that has to give way to questions.
      Yielding.callingThread(Yielding.A_TENTH);
    }
  }

  @Override
  public void close() {
    if (open != null) {
      open.values().forEach(Embedder::close);
      open.clear();
    }
  }

  @Override
  void process(Incoming record, Context context, Collector<Outgoing> out) throws Exception {
    if (record.value() == null) {
      if (lane == Lane.LIVE || published.value() != null) {
        published.clear();
        out.collect(Outgoing.deletion(Topic.VECTORS, record.key() + suffix));
      }
      return;
    }
    Document document;
    List<Passage> passages;
    try {
      document = documentOf(record);
      passages = Passages.of(document);
    } catch (RuntimeException e) {
      return; // The pipeline of passages has put it among the dead letters.
    }
    if (!lane.owns(document) && published.value() == null) {
      return;
    }
    if (language != null && document.language() != language) {
      if (published.value() != null) {
        published.clear();
        out.collect(Outgoing.deletion(Topic.VECTORS, record.key() + suffix));
      }
      return;
    }
    List<String> hashes = passages.stream().map(TextHash::of).toList();
    String digest = digest(String.join(" ", hashes).getBytes(StandardCharsets.UTF_8));
    if (digest.equals(published.value())) {
      return;
    }
    // A model that cannot be opened is no fault of the document: then the job fails, and tries again later.
    Embedder embedder =
        open.computeIfAbsent(document.language(), spoken -> embedders.open(spoken, lane.threads()));
    try {
      out.collect(Outgoing.of(Topic.VECTORS, record.key() + suffix, embed(embedder, document, passages, hashes)));
      published.update(digest);
    } catch (RuntimeException e) {
      out.collect(Outgoing.deadLetter(Topic.DOCUMENTS, record, e));
    }
  }

  private static PassageVectors embed(
      Embedder embedder, Document document, List<Passage> passages, List<String> hashes) throws InterruptedException {
    List<PassageVector> vectors = new ArrayList<>(passages.size());
    for (int from = 0; from < passages.size(); from += BATCH) {
      if (Thread.interrupted()) {
        throw new InterruptedException("stopped while embedding " + document.id());
      }
      List<Passage> batch = passages.subList(from, Math.min(passages.size(), from + BATCH));
      List<float[]> embedded = embedder.embedPassages(batch.stream().map(Passage::textInContext).toList());
      for (int i = 0; i < embedded.size(); i++) {
        vectors.add(new PassageVector(hashes.get(from + i), embedded.get(i)));
      }
    }
    return new PassageVectors(document.id(), embedder.model(), vectors);
  }
}
