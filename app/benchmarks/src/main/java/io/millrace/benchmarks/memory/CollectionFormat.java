// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.memory;

import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.memory.TestCollection.Text;
import io.millrace.core.document.Language;
import io.millrace.core.json.Json;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** How test collections lie in folders. */
public enum CollectionFormat {
  /** {@code corpus.jsonl}, {@code queries.jsonl}, {@code qrels/test.tsv}: BEIR (Thakur et al. 2021) and MTEB. */
  BEIR("corpus.jsonl") {
    @Override
    public TestCollection read(Path folder) throws IOException {
      Map<String, Text> documents = new LinkedHashMap<>();
      try (Stream<String> lines = Files.lines(folder.resolve("corpus.jsonl"))) {
        lines.filter(line -> !line.isBlank()).map(CollectionFormat::tree).forEach(line ->
            documents.put(line.path("_id").asString(), new Text(line.path("title").asString(""), line.path("text").asString(""), List.of())));
      }
      Map<String, String> queries = new LinkedHashMap<>();
      for (String line : Files.readAllLines(folder.resolve("queries.jsonl"))) {
        if (!line.isBlank()) {
          queries.put(tree(line).path("_id").asString(), tree(line).path("text").asString());
        }
      }
      Map<String, Map<String, Integer>> grades = new TreeMap<>();
      for (String line : Files.readAllLines(folder.resolve("qrels").resolve("test.tsv"))) {
        String[] columns = line.split("\t");
        if (columns.length == 3 && columns[2].matches("-?\\d+")) { // the first line has names
          judge(grades, columns[0], columns[1], Integer.parseInt(columns[2]));
        }
      }
      return new TestCollection(label(folder), documents, queries, grades);
    }
  },

  /** The Cranfield collection in SMART's format; what was judged at all is relevant. */
  CRANFIELD("cran.all.1400") {
    @Override
    public TestCollection read(Path folder) throws IOException {
      Map<String, Text> documents = new LinkedHashMap<>();
      SmartFile.texts(folder.resolve("cran.all.1400")).forEach((id, text) -> documents.put(id, new Text("", text, List.of())));
      // The judgements speak of the first, second, … query rather than of the numbers written beside them.
      Map<String, String> queries = new LinkedHashMap<>();
      SmartFile.texts(folder.resolve("cran.qry")).values().forEach(text -> queries.put(String.valueOf(queries.size() + 1), text));
      Map<String, Map<String, Integer>> grades = new TreeMap<>();
      for (String line : Files.readAllLines(folder.resolve("cranqrel"))) {
        String[] columns = line.strip().split("\\s+");
        if (columns.length >= 3) {
          judge(grades, columns[0], columns[1], 1);
        }
      }
      return new TestCollection(label(folder), documents, queries, grades);
    }
  },

  /** The CACM collection in SMART's format. */
  CACM("cacm.all") {
    @Override
    public TestCollection read(Path folder) throws IOException {
      return SmartFile.collection(folder, "cacm.all", "query.text", "qrels.text");
    }
  },

  /** The CISI collection in SMART's format. */
  CISI("CISI.ALL") {
    @Override
    public TestCollection read(Path folder) throws IOException {
      return SmartFile.collection(folder, "CISI.ALL", "CISI.QRY", "CISI.REL");
    }
  },

  /** The CACM collection as Anserini has it, which has no queries: those of SMART's format must be put beside it. */
  CACM_PAGES("cacm.tar.gz") {
    @Override
    public TestCollection read(Path folder) throws IOException {
      Map<String, Map<String, Integer>> grades = new TreeMap<>();
      for (String line : Files.readAllLines(folder.resolve("qrels.cacm.txt"))) {
        String[] columns = line.strip().split("\\s+");
        if (columns.length == 4) {
          judge(grades, columns[0], columns[2].replaceFirst("CACM-0*", ""), Integer.parseInt(columns[3]));
        }
      }
      return new TestCollection(
          label(folder), CacmPages.read(folder.resolve("cacm.tar.gz")), SmartFile.texts(folder.resolve("query.text")), grades);
    }
  },

  /** Questions about passages as in SQuAD, in CMRC 2018's files; the passage that a question is about is relevant. */
  CMRC("cmrc2018_dev.json") {
    @Override
    public TestCollection read(Path folder) throws IOException {
      Map<String, Text> documents = new LinkedHashMap<>();
      Map<String, String> queries = new LinkedHashMap<>();
      Map<String, Map<String, Integer>> grades = new TreeMap<>();
      for (JsonNode article : Json.tree(Files.readAllBytes(folder.resolve("cmrc2018_dev.json"))).path("data")) {
        for (JsonNode paragraph : article.path("paragraphs")) {
          String id = paragraph.path("id").asString();
          documents.put(id, new Text("", paragraph.path("context").asString(), List.of()));
          for (JsonNode question : paragraph.path("qas")) {
            queries.put(question.path("id").asString(), question.path("question").asString());
            judge(grades, question.path("id").asString(), id, 1);
          }
        }
      }
      return new TestCollection(label(folder), documents, queries, grades);
    }
  };

  private final String mark;

  CollectionFormat(String mark) {
    this.mark = mark;
  }

  /**
   * Reads a folder of this format.
   *
   * @throws IOException when a file is missing or not what it should be
   */
  public abstract TestCollection read(Path folder) throws IOException;

  /** The format of a folder, if it is one of a collection. */
  public static Optional<CollectionFormat> of(Path folder) {
    return Stream.of(values()).filter(format -> Files.isRegularFile(folder.resolve(format.mark))).findFirst();
  }

  /** The collections in a folder: itself, or the folders in it, by name. */
  static List<Path> in(Path folder) throws IOException {
    if (of(folder).isPresent()) {
      return List.of(folder);
    }
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> inner = Files.list(folder)) {
      return inner.filter(each -> of(each).isPresent()).sorted().toList();
    }
  }

  /**
   * The first collection of each language in the data folder.
   *
   * @throws IllegalArgumentException when there is none, with the remedy
   */
  static List<TestCollection> firstOfEachLanguage(BenchRun run) throws IOException {
    Map<Language, TestCollection> first = new EnumMap<>(Language.class);
    for (Path folder : in(run.data())) {
      try {
        TestCollection collection = of(folder).orElseThrow().read(folder);
        first.putIfAbsent(collection.language(), collection);
      } catch (NoSuchFileException e) {
        run.say(folder.getFileName() + ": left out, it has no " + Path.of(e.getFile()).getFileName());
      }
    }
    if (first.isEmpty()) {
      throw new IllegalArgumentException("no test collection in " + run.data() + ": name a folder that holds some with --data");
    }
    return List.copyOf(first.values());
  }

  static String label(Path folder) {
    return String.valueOf(folder.toAbsolutePath().normalize().getFileName());
  }

  private static JsonNode tree(String line) {
    return Json.tree(line.getBytes(StandardCharsets.UTF_8));
  }

  static void judge(Map<String, Map<String, Integer>> grades, String query, String document, int grade) {
    grades.computeIfAbsent(query, _ -> new LinkedHashMap<>()).put(document, grade);
  }
}
