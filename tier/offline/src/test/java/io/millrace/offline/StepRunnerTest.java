// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.registry.DirectoryArtifactRegistry;
import io.millrace.core.settings.DomainPack;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class StepRunnerTest {

  @TempDir Path home;

  private ArtifactRegistry registry;
  private DomainPack pack;
  private final List<String> ran = new ArrayList<>();

  /** Copies the needed files and adds its own word; its score is the number of words. */
  private final class Words implements Step {
    private final String name;
    private final String word;
    private final List<String> needs;

    Words(String name, String word, String... needs) {
      this.name = name;
      this.word = word;
      this.needs = List.of(needs);
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public String kind() {
      return "words";
    }

    @Override
    public String purpose() {
      return "write " + word;
    }

    @Override
    public int revision() {
      return 1;
    }

    @Override
    public List<String> needs() {
      return needs;
    }

    @Override
    public Map<String, String> settings() {
      return Map.of("word", word);
    }

    @Override
    public Product build(Map<String, Path> inputs, Path output, Path work, StepProgress progress)
        throws IOException {
      ran.add(name);
      Path part = work.resolve("part");
      if (Files.exists(part)) {
        ran.add(name + " continued");
      }
      Files.writeString(part, word);
      StringBuilder words = new StringBuilder();
      for (Path input : inputs.values()) {
        words.append(Files.readString(input.resolve("words"))).append(' ');
      }
      progress.check();
      Files.writeString(output.resolve("words"), words.append(word));
      return new Product(Map.of("words", (double) words.toString().split(" ").length), List.of());
    }

    @Override
    public String describe(ArtifactVersion version) {
      return word;
    }
  }

  @BeforeEach
  void open() throws IOException {
    registry = DirectoryArtifactRegistry.open(home.resolve("artifacts"));
    Path domain = Files.createDirectories(home.resolve("domain"));
    Files.writeString(
        domain.resolve("domain.yaml"), "name: mill\ngates:\n  words:\n    - {score: words, atMost: 2}\n");
    pack = DomainPack.load(domain);
  }

  private StepRunner runner(AtomicBoolean cancelled) {
    OfflineSettings settings = OfflineSettings.of(home.resolve("domain"), pack, home);
    return new StepRunner(settings, registry, ProgressListener.NONE, cancelled::get);
  }

  private List<StepReport> runAll(Step... steps) throws IOException {
    StepRunner runner = runner(new AtomicBoolean());
    List<StepReport> reports = new ArrayList<>();
    for (Step step : steps) {
      reports.add(runner.run(step));
    }
    return reports;
  }

  @Test
  void aStepWhoseInputsAreTheSameIsNotRunAgain() throws IOException {
    runAll(new Words("a", "grain"), new Words("b", "flour", "a"));

    List<StepReport> again = runAll(new Words("a", "grain"), new Words("b", "flour", "a"));

    assertThat(ran).containsExactly("a", "b");
    assertThat(again).extracting(StepReport::outcome).containsOnly(StepReport.Outcome.CACHED);
    assertThat(again).extracting(StepReport::artifact).containsExactly("mill/a@1", "mill/b@1");
    assertThat(registry.version("mill/b", 1).orElseThrow().inputs()).containsExactly("mill/a@1");
  }

  @Test
  void aChangeRunsWhatDependsOnItAndAChangeBackRunsNothing() throws IOException {
    runAll(new Words("a", "grain"), new Words("b", "flour", "a"), new Words("c", "apart"));
    runAll(new Words("a", "oats"), new Words("b", "flour", "a"), new Words("c", "apart"));
    runAll(new Words("a", "grain"), new Words("b", "flour", "a"), new Words("c", "apart"));

    assertThat(ran).containsExactly("a", "b", "c", "a", "b");
    assertThat(Files.readString(registry.directory(registry.version("mill/b", 2).orElseThrow()).resolve("words")))
        .isEqualTo("oats flour");
  }

  @Test
  void aCancelledStepLeavesNoVersionAndContinuesWithItsWork() throws IOException {
    AtomicBoolean cancelled = new AtomicBoolean();
    StepRunner runner = runner(cancelled);
    runner.run(new Words("a", "grain"));
    Step second =
        new Step() {
          private final Step words = new Words("b", "flour", "a");

          @Override
          public String name() {
            return words.name();
          }

          @Override
          public String kind() {
            return words.kind();
          }

          @Override
          public String purpose() {
            return words.purpose();
          }

          @Override
          public int revision() {
            return words.revision();
          }

          @Override
          public List<String> needs() {
            return words.needs();
          }

          @Override
          public Map<String, String> settings() {
            return words.settings();
          }

          @Override
          public Product build(Map<String, Path> inputs, Path output, Path work, StepProgress progress)
              throws IOException {
            cancelled.set(true);
            return words.build(inputs, output, work, progress);
          }

          @Override
          public String describe(ArtifactVersion version) {
            return words.describe(version);
          }
        };

    assertThatThrownBy(() -> runner.run(second))
        .isInstanceOf(CancellationException.class)
        .hasMessageContaining("run the same command again");
    assertThat(registry.versions("mill/b")).isEmpty();

    runAll(new Words("a", "grain"), new Words("b", "flour", "a"));

    assertThat(ran).containsExactly("a", "b", "b", "b continued");
    assertThat(registry.versions("mill/b")).hasSize(1);
    assertThat(home.resolve("work/mill/b")).doesNotExist();
  }

  @Test
  void onlyAVersionThatPassesItsGatesBecomesTheChampion() throws IOException {
    StepReport good = runAll(new Words("a", "grain")).getFirst();
    StepReport bad = runAll(new Words("a", "grain and more")).getFirst();

    assertThat(good.served()).isTrue();
    assertThat(bad.served()).isFalse();
    assertThat(bad.notes()).singleElement().asString().contains("words 3", "is above 2");
    assertThat(registry.alias("mill/a", ArtifactRegistry.CHAMPION).orElseThrow().version()).isEqualTo(1);
    assertThat(registry.history("mill/a", ArtifactRegistry.CHAMPION).getFirst().reason()).contains("words 1", "passed");
  }

  @Test
  void anOperatorsChoiceIsNotUndone() throws IOException {
    runAll(new Words("a", "grain"));
    runAll(new Words("a", "oats"));
    registry.rollback("mill/a", ArtifactRegistry.CHAMPION, "grain was better");

    StepReport again = runAll(new Words("a", "oats")).getFirst();

    assertThat(again.served()).isFalse();
    assertThat(registry.alias("mill/a", ArtifactRegistry.CHAMPION).orElseThrow().version()).isEqualTo(1);
  }
}
