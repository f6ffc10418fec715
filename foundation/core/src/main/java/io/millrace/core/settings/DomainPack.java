// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.settings;

import com.fasterxml.jackson.annotation.JsonCreator;
import io.millrace.core.document.Labels;
import io.millrace.core.document.Language;
import io.millrace.core.json.Yaml;
import org.jspecify.annotations.Nullable;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * All that belongs to one business scenario: the contents of {@code domain.yaml}. Keys that are left out have the
 * defaults that the commented file of {@code millrace init} shows.
 *
 * @param name lower-case letters, digits and hyphens
 * @param title shown to people, by language code
 * @param languages of the content, as ISO 639-1 codes
 * @param sources where the content comes from
 * @param models what is trained
 * @param gates what a model must reach before it is served, by artifact kind; kinds that are not named have the usual gates, and an empty
 *     list stands for none
 * @param budgets limits
 */
public record DomainPack(
    String name,
    Map<String, String> title,
    List<String> languages,
    Sources sources,
    Models models,
    Map<String, List<Gate>> gates,
    Budgets budgets) {

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,40}");

  /**
   * Without a model that answers half of the held-out questions, quoting the sources serves people better; an embedder that ranks
   * hardly better than the pretrained one is not worth embedding everything anew, nor is a re-ranker its time that changes little.
   */
  private static final Map<String, List<Gate>> DEFAULT_GATES =
      Map.of(
          "decoder", List.of(new Gate("groundedAccuracy", 0.5, null)),
          "reader", List.of(new Gate("groundedAccuracy", 0.5, null)),
          "embedder", List.of(new Gate("gain", 0.01, null)),
          "reranker", List.of(new Gate("gain", 0.005, null)));

  public DomainPack {
    if (name == null || !NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "domain name '" + name + "': use a lower-case letter, then letters, digits and hyphens, at most 41");
    }
    title = title == null ? Map.of() : Map.copyOf(title);
    languages = languages == null ? List.of("en", "zh") : List.copyOf(languages);
    languages.forEach(Language::ofCode);
    sources = sources == null ? new Sources(null, null, null, null) : sources;
    models = models == null ? new Models(null, null, null, null, null, null, null) : models;
    Map<String, List<Gate>> all = new HashMap<>(DEFAULT_GATES);
    all.putAll(gates == null ? Map.of() : gates);
    gates = Map.copyOf(all);
    budgets = budgets == null ? new Budgets(0, 0, null, null) : budgets;
  }

  /**
   * Reads a domain pack.
   *
   * @param directory that holds {@code domain.yaml}
   * @throws IllegalArgumentException when there is none or it does not fit, naming file, line, key and remedy
   */
  public static DomainPack load(Path directory) {
    Path file = directory.resolve("domain.yaml");
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "no domain.yaml in " + directory + ": write one with 'millrace init " + directory.getFileName() + "'");
    }
    return Yaml.read(file, DomainPack.class);
  }

  /**
   * Reads what the domain must answer: {@code questions.yaml}, which a domain pack may have beside its {@code domain.yaml}.
   *
   * @param directory that the pack was read from
   * @return empty where there is no such file
   * @throws IllegalArgumentException when it does not fit, naming file, line, value and remedy
   */
  public Optional<DomainQuestions> questions(Path directory) {
    return DomainQuestions.load(directory, this);
  }

  /** Returns the languages of its texts, each once. */
  public List<Language> spoken() {
    return languages.stream().map(Language::ofCode).distinct().toList();
  }

  /**
   * Where content comes from.
   *
   * @param javadoc Maven coordinates {@code group:artifact:version} whose {@code -javadoc.jar} is read
   * @param pom a pom.xml whose dependencies' documentation is read
   * @param directories of files of any format
   * @param npm packages of poems
   */
  public record Sources(
      @Nullable List<String> javadoc,
      @Nullable String pom,
      @Nullable List<Directory> directories,
      @Nullable List<PoemPackage> npm) {
    private static final Pattern COORDINATES = Pattern.compile("[\\w.-]+:[\\w.-]+:[\\w.+-]+");

    public Sources {
      javadoc = javadoc == null ? List.of() : List.copyOf(javadoc);
      directories = directories == null ? List.of() : List.copyOf(directories);
      npm = npm == null ? List.of() : List.copyOf(npm);
      for (String coordinates : javadoc) {
        if (!COORDINATES.matcher(coordinates).matches()) {
          throw new IllegalArgumentException("'" + coordinates + "' is not group:artifact:version");
        }
      }
    }
  }

  /**
   * A directory of files: its path, or an object where its documents have access labels.
   *
   * @param path relative to the domain pack
   * @param labels that its documents have, see {@link Labels}; none where they are for everybody
   */
  public record Directory(String path, @Nullable Set<String> labels) {
    @JsonCreator(mode = JsonCreator.Mode.PROPERTIES)
    public Directory {
      if (path == null || path.isBlank()) {
        throw new IllegalArgumentException("a directory without path: give one, such as {path: hr, labels: [hr]}");
      }
      try {
        labels = Labels.of(labels);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("directory '" + path + "': " + e.getMessage(), e);
      }
    }

    /** A directory whose documents are for everybody. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Directory of(String path) {
      return new Directory(path, null);
    }
  }

  /**
   * A package of the npm registry whose JSON files are lists of poems.
   *
   * @param name with its exact version, for example {@code chinese-poetry@2.0.1}: other versions hold other poems
   * @param files patterns of its files as a shell has them, dearest first: where {@link Budgets#documents} is less than
   *     all, what an earlier pattern names goes in before what a later one does. All its JSON files where none are given.
   */
  public record PoemPackage(String name, @Nullable List<String> files) {
    private static final Pattern VERSIONED =
        Pattern.compile("(?:@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*@[0-9]+\\.[0-9]+\\.[0-9]+[\\w.+-]*");

    public PoemPackage {
      if (name == null || !VERSIONED.matcher(name).matches()) {
        throw new IllegalArgumentException(
            "npm package '" + name + "' is not name@version: give an exact version, such as chinese-poetry@2.0.1");
      }
      files = files == null ? List.of("**.json") : List.copyOf(files);
      if (files.isEmpty()) {
        throw new IllegalArgumentException("npm package '" + name + "' names no files: leave 'files' out for all of them");
      }
    }
  }

  /**
   * What is trained.
   *
   * @param tokenizer byte-level BPE
   * @param decoder Llama-style language model, from scratch
   * @param tuning supervised fine-tuning of the decoder
   * @param reader span reader, from a pretrained encoder
   * @param embedder encoder of passages and questions, from a pretrained one
   * @param reranker small cross-encoder that reads the best candidates
   * @param trainingLabels access labels whose documents models may learn from, and may then say to anybody; a document with
   *     any other label is left out of training, as all labelled ones are where none are given
   */
  public record Models(
      @Nullable TokenizerPlan tokenizer,
      @Nullable DecoderPlan decoder,
      @Nullable TuningPlan tuning,
      @Nullable ReaderPlan reader,
      @Nullable EmbedderPlan embedder,
      @Nullable RerankerPlan reranker,
      @Nullable Set<String> trainingLabels) {
    public Models {
      if (trainingLabels != null) {
        trainingLabels.forEach(Labels::check);
      }
      trainingLabels = trainingLabels == null ? Set.of() : Set.copyOf(trainingLabels);
      tokenizer = tokenizer == null ? new TokenizerPlan(null) : tokenizer;
      decoder = decoder == null ? new DecoderPlan(null, null, null, null, null, null) : decoder;
      tuning = tuning == null ? new TuningPlan(null) : tuning;
      reader = reader == null ? new ReaderPlan(null, null) : reader;
      embedder = embedder == null ? new EmbedderPlan(null, null) : embedder;
      reranker = reranker == null ? new RerankerPlan(null, null, null, null) : reranker;
    }
  }

  /**
   * The tokenizer.
   *
   * @param vocabulary tokens, special ones included
   */
  public record TokenizerPlan(@Nullable Integer vocabulary) {
    public TokenizerPlan {
      vocabulary = positive("vocabulary", vocabulary, 8192);
      if (vocabulary < 300) {
        throw new IllegalArgumentException("vocabulary " + vocabulary + ": 256 bytes and special tokens need 300");
      }
    }
  }

  /**
   * The decoder and how long it is trained.
   *
   * @param layers transformer blocks
   * @param width hidden size
   * @param heads attention heads; they must divide the width
   * @param keyValueHeads heads of keys and values; they must divide the heads
   * @param context longest sequence, in tokens
   * @param seconds time budget of pretraining
   */
  public record DecoderPlan(
      @Nullable Integer layers,
      @Nullable Integer width,
      @Nullable Integer heads,
      @Nullable Integer keyValueHeads,
      @Nullable Integer context,
      @Nullable Integer seconds) {
    public DecoderPlan {
      layers = positive("layers", layers, 6);
      width = positive("width", width, 384);
      heads = positive("heads", heads, 6);
      keyValueHeads = positive("keyValueHeads", keyValueHeads, 2);
      context = positive("context", context, 1024);
      seconds = positive("seconds", seconds, 120);
      if (width % heads != 0 || (width / heads) % 2 != 0) {
        throw new IllegalArgumentException("width " + width + " does not split into " + heads + " heads of even size");
      }
      if (heads % keyValueHeads != 0) {
        throw new IllegalArgumentException(keyValueHeads + " key-value heads do not divide " + heads + " heads");
      }
    }
  }

  /**
   * Supervised fine-tuning.
   *
   * @param seconds time budget
   */
  public record TuningPlan(@Nullable Integer seconds) {
    public TuningPlan {
      seconds = positive("seconds", seconds, 60);
    }
  }

  /**
   * The reader.
   *
   * @param seconds time budget for each language
   * @param leastSteps steps that a processor takes more time for, up to four times as much; null for the default of 250
   */
  public record ReaderPlan(@Nullable Integer seconds, @Nullable Integer leastSteps) {
    public ReaderPlan {
      seconds = positive("seconds", seconds, 60);
      leastSteps = positive("leastSteps", leastSteps, 250);
    }
  }

  /**
   * The embedder.
   *
   * @param seconds time budget for each language; 0, the default, to use the pretrained one. A new one has all passages embedded
   *     anew, beside those that are searched meanwhile
   * @param leastSteps steps that a processor takes more time for, up to four times as much; null for the default of 60
   */
  public record EmbedderPlan(@Nullable Integer seconds, @Nullable Integer leastSteps) {
    public EmbedderPlan {
      leastSteps = positive("leastSteps", leastSteps, 60);
      seconds = notNegative("embedder", seconds, "uses the pretrained one");
    }
  }

  /**
   * The re-ranker.
   *
   * @param seconds time budget for each language; 0, the default, to go without
   * @param leastSteps steps that a processor takes more time for, up to four times as much; null for the default of 600
   * @param teacherSeconds time budget for each language of the pretrained encoder, which learns the same first and then teaches it; 0, the
   *     default, to go without a teacher
   * @param data files of questions or sentences with texts that mean or answer them, in the shapes of {@code train cross-encoder}, to learn
   *     from beside the domain's own; relative paths begin at the pack
   */
  public record RerankerPlan(
      @Nullable Integer seconds, @Nullable Integer leastSteps, @Nullable Integer teacherSeconds, @Nullable List<String> data) {
    public RerankerPlan {
      leastSteps = positive("leastSteps", leastSteps, 600);
      seconds = notNegative("reranker", seconds, "goes without");
      teacherSeconds = notNegative("reranker teacher", teacherSeconds, "has none");
      if (teacherSeconds > 0 && seconds == 0) {
        throw new IllegalArgumentException(
            "reranker teacherSeconds " + teacherSeconds + " with seconds 0: a teacher needs somebody to teach; give the re-ranker seconds, for example 120");
      }
      data = data == null ? List.of() : List.copyOf(data);
    }
  }

  private static int notNegative(String model, @Nullable Integer seconds, String none) {
    if (seconds != null && seconds < 0) {
      throw new IllegalArgumentException(model + " seconds " + seconds + " must not be negative: 0 " + none);
    }
    return seconds == null ? 0 : seconds;
  }

  /**
   * A condition on a score.
   *
   * @param score its name
   * @param atLeast lowest value that passes; null for none
   * @param atMost highest value that passes; null for none
   */
  public record Gate(String score, @Nullable Double atLeast, @Nullable Double atMost) {
    public Gate {
      if (atLeast == null && atMost == null) {
        throw new IllegalArgumentException("gate on '" + score + "' has no limit: give atLeast or atMost");
      }
    }
  }

  /**
   * Limits.
   *
   * @param documents most documents taken from the sources; 0 for no limit
   * @param heldOutPercent share of the pages kept away from training, from 1 to 50; 0 for the default of 5
   * @param versions how many earlier versions of a document are kept, from 0 to 100; null for the default of 3
   * @param memory limits of what is searched; null for none
   */
  public record Budgets(
      int documents, int heldOutPercent, @Nullable Integer versions, @Nullable MemoryBudget memory) {
    private static final int MOST_VERSIONS = 100;

    public Budgets {
      versions = versions == null ? 3 : versions;
      if (versions < 0 || versions > MOST_VERSIONS) {
        throw new IllegalArgumentException("versions " + versions + " is not from 0 to " + MOST_VERSIONS);
      }
      memory = memory == null ? MemoryBudget.NONE : memory;
      heldOutPercent = heldOutPercent == 0 ? 5 : heldOutPercent;
      if (heldOutPercent < 1 || heldOutPercent > 50) {
        throw new IllegalArgumentException("heldOutPercent " + heldOutPercent + " is not from 1 to 50");
      }
    }

    /** The same for other content: limits and pins of the memory were chosen for this one's. */
    public Budgets withoutMemoryLimits() {
      return new Budgets(documents, heldOutPercent, versions, new MemoryBudget(0, 0, 0, null, memory().vectors(), memory().repeats()));
    }

    @Override
    public Integer versions() {
      return Objects.requireNonNull(versions);
    }

    @Override
    public MemoryBudget memory() {
      return Objects.requireNonNull(memory);
    }
  }

  /**
   * Limits of the memory: what lies beyond them is moved to the archive, the least valuable documents first.
   *
   * @param documents most documents that are searched; 0 for no limit
   * @param megabytes most millions of bytes of the index, estimated; 0 for no limit
   * @param vectorMegabytes most millions of bytes that embeddings and their graph take in memory while they are searched, estimated; 0 for no limit
   * @param pinned beginnings of identities of documents that are never moved
   * @param vectors precision of embeddings in the structure that is searched; null for the default of 8 bits
   * @param repeats what becomes of documents that nearly repeat others; null to keep them
   */
  public record MemoryBudget(
      long documents,
      long megabytes,
      long vectorMegabytes,
      @Nullable List<String> pinned,
      @Nullable VectorPrecision vectors,
      @Nullable Repeats repeats) {
    /** No limits. */
    public static final MemoryBudget NONE = new MemoryBudget(0, 0, 0, null, null);

    /** Limits of a memory that keeps repeats. */
    public MemoryBudget(
        long documents, long megabytes, long vectorMegabytes, @Nullable List<String> pinned, @Nullable VectorPrecision vectors) {
      this(documents, megabytes, vectorMegabytes, pinned, vectors, null);
    }

    public MemoryBudget {
      repeats = repeats == null ? Repeats.KEEP : repeats;
      pinned = pinned == null ? List.of() : List.copyOf(pinned);
      vectors = vectors == null ? VectorPrecision.INT8 : vectors;
      if (documents < 0 || megabytes < 0 || vectorMegabytes < 0) {
        throw new IllegalArgumentException(
            "budgets.memory of %d documents, %d megabytes and %d vectorMegabytes: use 0 for no limit"
                .formatted(documents, megabytes, vectorMegabytes));
      }
      if (pinned.contains("")) {
        throw new IllegalArgumentException("budgets.memory.pinned has an empty entry, which would pin everything: remove it");
      }
    }

    @Override
    public List<String> pinned() {
      return Objects.requireNonNull(pinned);
    }

    @Override
    public VectorPrecision vectors() {
      return Objects.requireNonNull(vectors);
    }

    @Override
    public Repeats repeats() {
      return Objects.requireNonNull(repeats);
    }
  }

  private static Integer positive(String key, @Nullable Integer value, int otherwise) {
    int chosen = value == null ? otherwise : value;
    if (chosen < 1) {
      throw new IllegalArgumentException(key + " " + chosen + " is not positive");
    }
    return chosen;
  }
}
