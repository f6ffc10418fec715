// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.document.Validity;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.log.PassageVectors.PassageVector;
import io.millrace.core.spi.Embedder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** What the tests of every memory write and ask with, whatever they are about. */
public abstract class RetrieverFixture {

  /** What all kinds have in common: the graph is walked in this process only. */
  protected static final SearchSettings SETTINGS =
      SearchSettings.DEFAULT.with(ranking -> ranking.withGraph(Ranking.GraphWeight.NONE));

  protected static final Map<Language, Embedder> EMBEDDERS =
      Map.of(Language.ENGLISH, new Meanings("en", 24), Language.CHINESE, new Meanings("zh", 20));

  /** Scores of memories whose passages lie apart are the same up to rounding; this is far below what a person would see. */
  protected static final double SAME = 1e-3;

  protected final TestClock clock = new TestClock("2026-01-01T00:00:00Z");

  /** What a test lets read the best candidates. */
  @Nullable Reranker reranker;

  private final Judging judging = Judging.PLAIN.with(language -> language == Language.ENGLISH ? reranker : null);

  @TempDir Path folder;
  PassageStore store;

  /**
   * Opens a memory with {@link #EMBEDDERS} and the usual settings.
   *
   * @param name tells memories of one test apart; what was in one of that name is still there
   */
  protected abstract PassageStore open(String name, TestClock clock, Judging judging) throws IOException;

  /** Opens a memory of whose documents nothing is known besides. */
  protected PassageStore open(String name, TestClock clock) throws IOException {
    return open(name, clock, judging);
  }

  @BeforeEach
  void openOne() throws IOException {
    store = opened("one");
  }

  @AfterEach
  void closeIt() {
    store.close();
  }

  PassageStore opened(String name) throws IOException {
    PassageStore opened = open(name, clock);
    opened.clear();
    return opened;
  }

  void put(String id, String text, String heading) throws IOException {
    put(id, List.of(passage(id, 0, text, heading)));
  }

  void put(String id, List<Passage> passages) throws IOException {
    store.put(id, passages);
    embed(store, passages);
  }

  /** Gives passages their embeddings. */
  protected static void embed(PassageStore into, List<Passage> passages) throws IOException {
    EmbeddedPassages.into(into, passages, EMBEDDERS);
  }

  static PassageVectors vectors(List<Passage> passages) {
    Embedder embedder = EMBEDDERS.get(passages.getFirst().language());
    List<float[]> made = embedder.embedPassages(passages.stream().map(Passage::textInContext).toList());
    return new PassageVectors(
        passages.getFirst().documentId(),
        embedder.model(),
        IntStream.range(0, made.size()).mapToObj(i -> new PassageVector(TextHash.of(passages.get(i)), made.get(i))).toList());
  }

  /** Makes a passage for everybody. */
  protected static Passage passage(String document, int ordinal, String text, String heading) {
    return passage(document, ordinal, text, heading, Set.of(), null);
  }

  static Passage passage(
      String document, int ordinal, String text, String heading, Set<String> labels, @Nullable Validity validity) {
    return new Passage(
        document + "#" + ordinal, document, ordinal, "s" + ordinal, List.of(document.split("/")), heading, text, Language.of(text),
        null, validity, labels);
  }
}
