// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.log.EventLog;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.DirectoryArtifactRegistry;
import io.millrace.core.settings.DomainPack;
import io.millrace.corpus.Corpus;
import io.millrace.eventlog.EventLogSettings;
import io.millrace.eventlog.EventLogs;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;

import static org.assertj.core.api.Assertions.assertThat;

/** A pack of poems from npm to the log; a script in npm's place hands out a package that is packed here. */
@DisabledOnOs(OS.WINDOWS)
class PoetryPipelineTest {

  @TempDir Path home;

  private static String poem(int i) {
    String mark = Character.toString(0x5000 + i);
    return "{\"id\": \"p" + i + "\", \"author\": \"磨坊" + mark + "\", \"title\": \"水車 " + i + "\", \"paragraphs\": [\""
        + mark + "水轉輪聲，溪邊麥正青。\", \"夜深" + mark + "石冷，月照舊門庭。\"]}";
  }

  private void pack() throws IOException {
    byte[] poems =
        IntStream.range(0, 80).mapToObj(PoetryPipelineTest::poem).collect(Collectors.joining(",", "[", ", 7]")).getBytes(StandardCharsets.UTF_8);
    try (TarArchiveOutputStream tar =
        new TarArchiveOutputStream(new GZIPOutputStream(Files.newOutputStream(home.resolve("poems-1.0.0.tgz"))))) {
      TarArchiveEntry entry = new TarArchiveEntry("package/dist/quantangshi/poet.tang.0.json");
      entry.setSize(poems.length);
      tar.putArchiveEntry(entry);
      tar.write(poems);
      tar.closeArchiveEntry();
    }
  }

  private OfflineSettings settings() throws IOException {
    Path domain = Files.createDirectories(home.resolve("domain"));
    Files.writeString(
        domain.resolve("domain.yaml"),
        """
        name: verse
        languages: [zh]
        sources:
          npm:
            - {name: poems@1.0.0, files: [dist/quantangshi/*.json]}
        budgets: {heldOutPercent: 20}
        """);
    Path npm = home.resolve("npm");
    Files.writeString(npm, "#!/bin/sh\ncp '" + home.resolve("poems-1.0.0.tgz") + "' .\n");
    assertThat(npm.toFile().setExecutable(true)).isTrue();
    return new OfflineSettings(
        domain, DomainPack.load(domain), home, null, "no-maven-is-needed", npm.toString(), 2,
        Set.of("fetch", "corpus", "questions", "publish"));
  }

  @Test
  void poemsAreFetchedReadAskedAboutAndPublished() throws IOException {
    pack();
    ArtifactRegistry registry = DirectoryArtifactRegistry.open(home.resolve("artifacts"));
    try (EventLog log = EventLogs.open(EventLogSettings.embedded("verse", home.resolve("log")))) {
      OfflineReport report = OfflinePipeline.run(settings(), registry, log, ProgressListener.NONE, () -> false);

      assertThat(report.steps().getLast().built()).isEqualTo("80 appended, 0 deleted, 0 as before");
      assertThat(report.steps().get(0).built()).contains("1 package");
      assertThat(report.steps().get(1).notes())
          .singleElement().asString().contains("1 pages could not be read", "npm:poems@1.0.0!dist/quantangshi/poet.tang.0.json#80");
      Corpus corpus = Corpus.read(registry.directory(registry.versions("verse/corpus").getLast()));
      assertThat(corpus.documents()).hasSize(80).extracting(Document::source).containsOnly("npm:poems@1.0.0");
      Questions questions =
          Questions.read(registry.directory(registry.versions("verse/questions").getLast()), Language.CHINESE);
      assertThat(questions.training()).extracting("kind").contains("written-by", "next-line", "unanswerable");
      assertThat(questions.heldOut()).isNotEmpty();

      OfflineReport again = OfflinePipeline.run(settings(), registry, log, ProgressListener.NONE, () -> false);
      assertThat(again.steps()).extracting(StepReport::outcome).containsOnly(StepReport.Outcome.CACHED);
    }
  }
}
