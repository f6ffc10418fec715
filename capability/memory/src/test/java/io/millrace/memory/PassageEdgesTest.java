// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.core.spi.Access;
import io.millrace.memory.graph.Edges.Node;
import io.millrace.memory.graph.Walk;
import io.millrace.memory.graph.Walk.Massed;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PassageEdgesTest {

  private static final int DOCUMENTS = 200;
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final ExecutorService threads = Executors.newFixedThreadPool(3);

  @TempDir Path folder;
  private Directory directory;
  private DirectoryReader reader;

  @BeforeEach
  void fill() throws IOException {
    Random random = new Random(11);
    try (PassageIndex index = new PassageIndex(folder, Map.of(), SearchSettings.DEFAULT, VectorPrecision.FLOAT, InstantSource.system())) {
      for (int i = 0; i < DOCUMENTS; i++) {
        String id = "mill/Part" + i;
        String text = "Turns the ShaftOfPart%d and the ShaftOfPart%d.".formatted(random.nextInt(DOCUMENTS), random.nextInt(20));
        index.put(id, List.of(new Passage(id + "#0", id, 0, "", List.of("mill", "ShaftOfPart" + i), "", text, Language.ENGLISH, null, null,
            Set.of(), List.of("mill/Part" + random.nextInt(DOCUMENTS)))));
        if (i % 60 == 0) {
          index.commit(Map.of());
        }
      }
      index.commit(Map.of());
    }
    directory = FSDirectory.open(folder);
    reader = DirectoryReader.open(directory);
  }

  @AfterEach
  void close() throws IOException {
    threads.shutdownNow();
    reader.close();
    directory.close();
  }

  private PassageEdges edges(@Nullable Executor threads, int shares) throws IOException {
    return new PassageEdges(Sight.of(reader, Access.EVERYTHING, new VisibleParts(1 << 20)), reader, new TitleBooks(), NOW, threads, shares);
  }

  @Test
  void threadsThatShareAWalkComeToWhatOneComesToBitForBit() throws IOException {
    Executor busy = _ -> {};
    assertThat(reader.leaves().size()).isGreaterThan(1);
    Random random = new Random(3);
    int far = 0;
    for (int times = 0; times < 50; times++) {
      PassageEdges alone = edges(null, 6);
      List<Massed> seeds = new ArrayList<>();
      int count = 1 + random.nextInt(6);
      for (int doc : random.ints(0, DOCUMENTS).distinct().limit(count).toArray()) {
        seeds.add(new Massed(alone.node(doc), 1.0 / count));
      }
      List<Map.Entry<Node, Double>> reached = List.copyOf(Walk.from(seeds, alone).entrySet());
      far += reached.size();
      for (int shares : new int[] {1, 2, 3, 8}) {
        assertThat(List.copyOf(Walk.from(seeds, edges(threads, shares)).entrySet())).isEqualTo(reached);
        assertThat(List.copyOf(Walk.from(seeds, edges(busy, shares)).entrySet())).isEqualTo(reached);
      }
    }
    assertThat(far).isGreaterThan(500);
  }

  @Test
  void eachPassageIsLookedAtOnceAndInOrderAndFailuresComeThrough() throws IOException {
    PassageEdges edges = edges(threads, 3);
    List<Node> nodes = new ArrayList<>();
    for (int doc = 0; doc < 7; doc++) {
      nodes.add(edges.node(doc));
      Set<Node> seen = ConcurrentHashMap.newKeySet();
      assertThat(edges.ofEach(nodes, (node, _) -> {
        assertThat(seen.add(node)).isTrue();
        return node;
      })).isEqualTo(nodes);
    }
    assertThat(edges.<Node>ofEach(List.of(), (node, _) -> node)).isEmpty();
    for (Node bad : nodes) {
      assertThatThrownBy(() -> edges.ofEach(nodes, (node, _) -> {
        if (node.equals(bad)) {
          throw new IOException("disk");
        }
        return node;
      })).isInstanceOf(IOException.class).hasMessage("disk");
    }
  }
}
