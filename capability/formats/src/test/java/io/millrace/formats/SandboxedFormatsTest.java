// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats;

import io.millrace.core.document.Document;
import io.millrace.core.log.DeadLetter;
import io.millrace.core.spi.FileFormats.Place;
import io.millrace.core.spi.FileFormats.Reading;
import io.millrace.formats.draft.FormatLimits;
import io.millrace.formats.sandbox.WorkerCommand;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** Files that would harm the process that reads them: it is another one. */
class SandboxedFormatsTest {

  private static final FormatLimits STRICT = new FormatLimits(3, 48, 0, 0, 0, 0, 0, 0);

  @TempDir Path work;

  private Reading read(SandboxedFormats formats, String name, byte[] content) throws IOException {
    Path file = Files.createDirectories(work.resolve("files")).resolve(name);
    Files.write(file, content);
    return formats.read(file, new Place("guide", name, "guide", Instant.EPOCH));
  }

  private static SandboxedFormats naughty(FormatLimits limits) throws Exception {
    List<Path> path = new ArrayList<>(WorkerCommand.standard().classPath());
    path.add(Path.of(NaughtyWorker.class.getProtectionDomain().getCodeSource().getLocation().toURI()));
    return new SandboxedFormats(new WorkerCommand(NaughtyWorker.class.getName(), path), limits, 1);
  }

  private static void lost(Reading reading, String... words) {
    assertThat(reading.documents()).isEmpty();
    assertThat(reading.lost()).singleElement().satisfies(letter -> assertThat(letter.reason()).contains(words));
  }

  @Test
  void everyKindIsReadInAnotherProcess() throws Exception {
    try (SandboxedFormats formats = new SandboxedFormats(FormatLimits.DEFAULTS, 2)) {
      for (var sample : Samples.all().entrySet()) {
        Reading reading = read(formats, sample.getKey(), sample.getValue());

        assertThat(reading.lost()).as(sample.getKey()).extracting(DeadLetter::reason).isEmpty();
        assertThat(reading.documents()).as(sample.getKey()).isNotEmpty();
      }
      assertThat(read(formats, "水轮 1.md", Samples.utf8("# 水轮\n\n转动。")).documents())
          .extracting(Document::id).containsExactly("guide/水轮-1");
    }
  }

  @Test
  void aFileThatTakesTooLongTooMuchOrItsWorkerDownHarmsNoOther() throws Exception {
    try (SandboxedFormats formats = naughty(STRICT)) {
      lost(read(formats, "endless.txt", Samples.utf8("x")), "longer than 3 seconds", "limit seconds");
      lost(read(formats, "hungry.txt", Samples.utf8("x")), "more than 48 MB", "limit heapMegabytes");
      lost(read(formats, "crash.txt", Samples.utf8("x")), "exit status 7", "it hurts");
      lost(read(formats, "foreign.txt", Samples.utf8("x")), "other files");
      assertThat(read(formats, "noisy.txt", Samples.utf8("It turns.")).documents()).hasSize(1);
      assertThat(read(formats, "good.txt", Samples.utf8("It turns.")).documents()).hasSize(1);
    }
  }

  @Test
  void aWorkerThatSomebodyKillsLosesNothing() throws Exception {
    Path mark = work.resolve("mark");
    try (SandboxedFormats formats = naughty(FormatLimits.DEFAULTS)) {
      assertThat(read(formats, "before.txt", Samples.utf8("It turns.")).documents()).hasSize(1);
      CompletableFuture<Reading> reading = new CompletableFuture<>();
      Thread.ofPlatform().start(() -> {
        try {
          reading.complete(read(formats, "first-time.txt", Samples.utf8(mark.toString())));
        } catch (IOException | RuntimeException e) {
          reading.completeExceptionally(e);
        }
      });
      await().until(() -> Files.exists(mark));
      workers().forEach(ProcessHandle::destroyForcibly);

      assertThat(reading.join().documents()).hasSize(1);
      assertThat(read(formats, "after.txt", Samples.utf8("It turns.")).documents()).hasSize(1);
    }
    await().until(() -> workers().isEmpty());
  }

  private static List<ProcessHandle> workers() {
    return ProcessHandle.current().children()
        .filter(child -> child.isAlive() && child.info().commandLine().orElse("").contains(NaughtyWorker.class.getSimpleName()))
        .toList();
  }

  @Test
  void whatAWorkerStartedEndsWithIt() throws Exception {
    Path mark = work.resolve("pid");
    try (SandboxedFormats formats = naughty(STRICT)) {
      lost(read(formats, "parent.txt", Samples.utf8(mark.toString())), "limit seconds");

      long pid = Long.parseLong(Files.readString(mark));
      await().until(() -> ProcessHandle.of(pid).map(process -> !process.isAlive()).orElse(true));
    }
  }

  @Test
  void aWorkerWhoseParentIsGoneEndsByItself() throws Exception {
    Path file = Files.writeString(work.resolve("a.txt"), "It turns.");
    Path said = work.resolve("said");
    List<String> path = new ArrayList<>(WorkerCommand.standard().classPath().stream().map(Path::toString).toList());
    path.add(Path.of(NaughtyWorker.class.getProtectionDomain().getCodeSource().getLocation().toURI()).toString());
    Process parent =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", String.join(File.pathSeparator, path),
                NaughtyWorker.Parent.class.getName(), file.toString(), said.toString())
            .redirectErrorStream(true).redirectOutput(work.resolve("output").toFile()).start();

    assertThat(parent.waitFor()).as(Files.readString(work.resolve("output"))).isEqualTo(9);
    String[] words = Files.readString(said).split(" ");
    assertThat(words[0]).isEqualTo("1");
    await().until(() -> ProcessHandle.of(Long.parseLong(words[1])).map(process -> !process.isAlive()).orElse(true));
  }

  @Test
  void aTextOfTwoGigabytesIsNotEvenOpened() throws Exception {
    Path file = work.resolve("large.txt");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(2L << 30);
    }
    try (SandboxedFormats formats = new SandboxedFormats(FormatLimits.DEFAULTS, 1)) {
      lost(formats.read(file, new Place("guide", "large.txt", "guide", Instant.EPOCH)), "2,147,483,648 bytes", "limit fileBytes");
      lost(formats.read(work.resolve("absent.txt"), new Place("guide", "absent.txt", "guide", Instant.EPOCH)), "cannot be opened");
    }
  }

  @Test
  void zipBombsAndEndlessPdfsEndAtTheirLimits() throws Exception {
    try (SandboxedFormats formats = new SandboxedFormats(new FormatLimits(0, 0, 0, 0, 500, 0, 0, 0), 1)) {
      lost(read(formats, "flat.xlsx", Bombs.sheet()), "omb");
      assertThat(read(formats, "nested.zip", Bombs.nested()).lost())
          .extracting(DeadLetter::reason).anySatisfy(reason -> assertThat(reason).contains("limit fileBytes"));

      Reading pages = read(formats, "long.pdf", Bombs.pages(10_000));
      assertThat(pages.documents()).isNotEmpty();
      assertThat(pages.lost()).singleElement()
          .satisfies(letter -> assertThat(letter.reason()).contains("pages 501 to 10000"));
    }
  }

  @Test
  void whatCannotBePassedOnIsLostAndItsWorkerLives() throws Exception {
    try (SandboxedFormats formats = naughty(FormatLimits.DEFAULTS)) {
      lost(read(formats, "unwritable.txt", Samples.utf8("x")), "cannot be passed on");
      assertThat(workers()).hasSize(1);
      assertThat(read(formats, "good.txt", Samples.utf8("It turns.")).documents()).hasSize(1);
    }
  }

  @Test
  void aWorkerReachesNoServerOnItsMachine() throws Exception {
    try (SandboxedFormats formats = naughty(FormatLimits.DEFAULTS);
        ServerSocket server = new ServerSocket(0, 9, InetAddress.getLoopbackAddress())) {
      assertThat(read(formats, "caller.txt", Samples.utf8(Integer.toString(server.getLocalPort()))).documents())
          .singleElement().satisfies(page -> assertThat(page.text()).contains("refused, refused by HTTP"));
    }
  }

  @Test
  void nothingIsLeftOfAWorkerThatWasWritingWhenItWasStopped() throws Exception {
    Path mark = work.resolve("directory");
    try (SandboxedFormats formats = naughty(STRICT)) {
      lost(read(formats, "litter.txt", Samples.utf8(mark.toString())), "limit seconds");

      assertThat(Path.of(Files.readString(mark))).doesNotExist();
    }
  }
}
