// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.core.registry.DirectoryArtifactRegistry;
import io.millrace.core.settings.DomainPack;
import io.millrace.core.settings.DomainQuestions;
import io.millrace.evaluate.MissingEvidence;
import io.millrace.offline.OfflinePipeline;
import io.millrace.offline.OfflineSettings;
import io.millrace.offline.ProgressListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class InitCommandTest {

  @TempDir private Path folder;

  @Test
  void writesADomainWhoseQuestionsItsPagesAnswer() throws IOException {
    Path directory = folder.resolve("my-domain");
    CommandLine command = new CommandLine(new InitCommand()).setOut(new PrintWriter(new StringWriter()));
    assertThat(command.execute(directory.toString())).isZero();

    DomainPack pack = DomainPack.load(directory);
    DomainQuestions questions = pack.questions(directory).orElseThrow();
    assertThat(pack.name()).isEqualTo("my-domain");
    assertThat(questions.questions()).hasSize(3);
    assertThat(MissingEvidence.of(
            questions,
            OfflinePipeline.corpus(
                    OfflineSettings.of(directory, pack, folder.resolve("home")),
                    DirectoryArtifactRegistry.open(folder.resolve("registry")), ProgressListener.NONE, () -> false)
                .documents()))
        .isEmpty();
  }
}
