// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.json.Json;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.CosineScale;
import io.millrace.core.spi.Embedder;
import io.millrace.core.spi.Retriever.Evidence;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.model.encoder.EmbedderSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** Whoever judges by how near something is must not be misled by a model that puts everything farther away. */
class TunedCosinesTest {
  private static final CosineScale SCALE = new CosineScale(0.5, 0.25);

  @TempDir
  private Path folder;

  @Test
  void hitsAreTheSameAndTheirCosinesAreReadOnTheModelsScale() throws IOException {
    List<Hit> plain = hits(new WordVectors("words", 64));
    List<Hit> scaled = hits(new WordVectors("words", 64, SCALE));
    assertThat(plain).hasSize(4);
    for (int i = 0; i < plain.size(); i++) {
      assertThat(scaled.get(i).passage()).isEqualTo(plain.get(i).passage());
      assertThat(scaled.get(i).score()).isCloseTo(plain.get(i).score(), within(1e-9));
      assertThat(dense(scaled.get(i)).raw()).isCloseTo(SCALE.of(dense(plain.get(i)).raw()), within(1e-9));
      assertThat(dense(scaled.get(i)).normalised()).isCloseTo(dense(plain.get(i)).normalised(), within(1e-9));
    }
  }

  @Test
  void aModelBringsItsScaleAndOneThatWasMadeEarlierHasNone() throws IOException {
    Files.writeString(folder.resolve("config.json"), BgeModel.ENGLISH.encoder().config().toHuggingFace("BertModel"));
    Files.write(folder.resolve(EmbedderSettings.FILE), Json.bytes(new EmbedderSettings("new", "", 512, SCALE)));
    assertThat(TunedModel.of(folder).cosines()).isEqualTo(SCALE);
    Files.writeString(folder.resolve(EmbedderSettings.FILE), "{\"model\":\"old\",\"queryInstruction\":\"\",\"maxLength\":512}");
    assertThat(TunedModel.of(folder).cosines()).isEqualTo(CosineScale.PLAIN);
  }

  private List<Hit> hits(Embedder embedder) throws IOException {
    Map<Language, Embedder> embedders = Map.of(Language.ENGLISH, embedder);
    try (PassageIndex index = new PassageIndex(Files.createTempDirectory(folder, "index"), embedders, SearchSettings.DEFAULT)) {
      List<Passage> all = new ArrayList<>();
      for (String text : List.of("the wheel turns", "the wheel stands still", "wheat is ground", "the miller sleeps")) {
        String id = "mill/" + all.size();
        Passage passage = new Passage(id + "#0", id, 0, "", List.of(), "", text, Language.ENGLISH, null, Set.of());
        index.put(id, List.of(passage));
        all.add(passage);
      }
      EmbeddedPassages.into(index, all, embedders);
      index.refresh();
      return index.search(Query.of("when the wheel turns", 10, Access.EVERYTHING)).hits();
    }
  }

  private static Evidence dense(Hit hit) {
    return hit.evidence().stream().filter(each -> each.retriever().equals("dense")).findFirst().orElseThrow();
  }
}
