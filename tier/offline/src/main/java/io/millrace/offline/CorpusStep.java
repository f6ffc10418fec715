// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.document.Labels;
import io.millrace.core.document.Language;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.settings.DomainPack;
import io.millrace.corpus.Corpus;
import io.millrace.corpus.CorpusJob;
import io.millrace.corpus.CorpusStatistics;
import io.millrace.corpus.JavadocJar;
import io.millrace.corpus.PoemArchive;
import io.millrace.corpus.SourceDirectory;
import io.millrace.formats.Formats;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Reads jars, directories and packages of poems into clean documents. */
final class CorpusStep implements Step {

  static final String NAME = "corpus";

  private final OfflineSettings settings;

  CorpusStep(OfflineSettings settings) {
    this.settings = settings;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String kind() {
    return "corpus";
  }

  @Override
  public String purpose() {
    return "parse, clean and deduplicate the content";
  }

  /** Files give other documents than in revisions 2 and 3: links between them and to other libraries, and hidden text that was cut. What other sources give is as it was, and so are models trained on it. */
  @Override
  public int revision() {
    return settings.directories().isEmpty() ? 2 : 4;
  }

  @Override
  public List<String> needs() {
    return List.of(FetchStep.NAME);
  }

  @Override
  public Map<String, String> settings() {
    Map<String, String> all = new TreeMap<>();
    all.put("documents", Integer.toString(settings.pack().budgets().documents()));
    for (DomainPack.Directory directory : settings.directories()) {
      all.put("directory " + directory.path(), FetchStep.checksum(settings.directory().resolve(directory.path())));
      Set<String> labels = labels(directory);
      if (!labels.isEmpty()) {
        all.put("labels of " + directory.path(), String.join(" ", labels));
      }
    }
    for (DomainPack.PoemPackage poems : settings.poems()) {
      all.put("npm " + poems.name(), String.valueOf(poems.files()));
    }
    return all;
  }

  @Override
  public Product build(Map<String, Path> inputs, Path output, Path work, StepProgress progress) throws IOException {
    Path sources = StepFiles.of(inputs, FetchStep.NAME);
    List<JavadocJar> jars = new ArrayList<>();
    for (FetchStep.Jar jar : FetchStep.read(sources).jars()) {
      jars.add(new JavadocJar(sources.resolve(jar.file()).toString(), jar.library(), jar.source()));
    }
    List<PoemArchive> poems = new ArrayList<>();
    for (FetchStep.Archive archive : FetchStep.read(sources).archives()) {
      poems.add(poems(sources.resolve(archive.file()), archive.name()));
    }
    List<SourceDirectory> directories = new ArrayList<>();
    for (DomainPack.Directory directory : settings.directories()) {
      Path path = settings.directory().resolve(directory.path()).normalize();
      String library = String.valueOf(path.getFileName()).replaceAll("[^\\p{L}\\p{N}_.-]", "-");
      directories.add(new SourceDirectory(path, library, labels(directory)));
    }
    // The batch job is quick to repeat, so it does not continue but begins anew.
    StepFiles.delete(work);
    Files.createDirectories(work);
    try {
      Corpus corpus =
          CorpusJob.run(
              new CorpusJob.Settings(
                  jars, directories, poems, Formats.DEFAULT, settings.pack().budgets().documents(), settings.parallelism()),
              work,
              (done, all) -> progress.update(done, all, "pages"),
              progress::stopped);
      if (corpus.documents().isEmpty()) {
        throw new IllegalArgumentException(
            "none of " + corpus.statistics().pages() + " pages could be read; the first reason: "
                + (corpus.deadLetters().isEmpty() ? "they are empty" : corpus.deadLetters().getFirst().reason()));
      }
      corpus.write(output);
      return new Product(scores(corpus.statistics()), notes(corpus));
    } finally {
      StepFiles.delete(work);
    }
  }

  private static Set<String> labels(DomainPack.Directory directory) {
    return Labels.of(directory.labels());
  }

  /** What was fetched, with the patterns of {@code domain.yaml} by now. */
  private PoemArchive poems(Path file, String name) {
    List<String> patterns =
        settings.poems().stream()
            .filter(poems -> poems.name().equals(name))
            .flatMap(poems -> Stream.ofNullable(poems.files()))
            .flatMap(List::stream)
            .toList();
    String library = name.substring(0, name.lastIndexOf('@')).replaceAll("^@", "").replace('/', '-');
    return new PoemArchive(file, library, "npm:" + name, patterns);
  }

  private static Map<String, Double> scores(CorpusStatistics statistics) {
    Map<String, Double> scores = new HashMap<>();
    scores.put("documents", (double) statistics.documents());
    scores.put("deadLetters", (double) statistics.deadLetters());
    scores.put("duplicates", (double) (statistics.exactDuplicates() + statistics.nearDuplicates()));
    for (Language language : Language.values()) {
      scores.put("characters-" + language.code(), (double) statistics.size(language.code()).characters());
    }
    return scores;
  }

  private static List<String> notes(Corpus corpus) {
    CorpusStatistics statistics = corpus.statistics();
    List<String> notes = new ArrayList<>(statistics.refused());
    if (!corpus.deadLetters().isEmpty()) {
      notes.add(
          statistics.deadLetters() + " pages could not be read and were kept aside, for example "
              + corpus.deadLetters().getFirst().source() + ": " + corpus.deadLetters().getFirst().reason());
    }
    return notes;
  }

  @Override
  public String describe(ArtifactVersion version) {
    return String.format(Locale.ROOT, "%,d documents", version.scores().getOrDefault("documents", 0.0).longValue());
  }
}
