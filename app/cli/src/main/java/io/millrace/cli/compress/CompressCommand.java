// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.compress;

import io.millrace.cli.ModelArgument;
import io.millrace.cli.Stop;
import io.millrace.cli.TerminalProgress;
import io.millrace.compress.CompressionProgress;
import io.millrace.compress.PruningReport;
import io.millrace.compress.Quantisation;
import io.millrace.compress.QuantisationReport;
import io.millrace.compress.Recipe;
import io.millrace.compress.Rounding;
import io.millrace.compress.TokenWindows;
import io.millrace.core.json.Json;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.safetensors.WeightFormat;
import io.millrace.offline.compress.PrunedStudent;
import io.millrace.offline.compress.SideBySide;
import io.millrace.train.RunControl;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;

/** Makes a decoder smaller, and says what it saves and what it costs. */
@Command(
    name = "compress",
    description = {
      "Make a decoder smaller: in few bits (int8, int8-row, int4, int4-gptq), or with parts taken out (prune).",
      "The result is measured beside its parent: size, perplexity, agreement, speed."
    },
    mixinStandardHelpOptions = true,
    sortOptions = true,
    footer = {
      "",
      "  millrace compress my-model --method int8 --held-out unseen.txt --out my-model-int8",
      "  millrace compress my-model --method int4-gptq --calibrate texts/ --out my-model-int4 --register my-model-int4",
      "Half the blocks, taught by the whole for ten minutes; then in four bits, measured beside the first:",
      "  millrace compress my-model --method prune --layers 6 --distil-seconds 600 --calibrate texts/ --out my-model-half",
      "  millrace compress my-model-half --method int4 --against my-model --held-out unseen.txt --out my-model-half-int4",
      "One block, taught likewise, as the draft of the whole, which writes faster for it:",
      "  millrace compress my-model --method prune --layers 1 --distil-seconds 600 --calibrate texts/ --out my-model-draft",
      "  millrace compress my-model --method int8 --draft my-model-draft --held-out unseen.txt --out my-model-int8",
    })
public final class CompressCommand implements Callable<Integer> {
  private static final int INTERRUPTED = 130;
  private static final String LOG_LEVEL = "MILLRACE_LOG_LEVEL";

  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Parameters(index = "0", paramLabel = "MODEL",
      description = "A Hugging Face folder, or name or name@version in the registry (the champion where no version is given).")
  String model = "";

  @Option(names = "--method", paramLabel = "NAME", required = true, order = 1, converter = Method.Written.class,
      description = "int8 (groups of 32), int8-row, int4 (groups of 32), int4-gptq (the same with calibration) or prune.")
  Method method = Method.INT8;

  @Option(names = {"--out", "--output"}, paramLabel = "DIR", required = true, order = 2,
      description = "Folder that the result is written to.")
  Path output = Path.of("");

  @Option(names = "--against", paramLabel = "MODEL", order = 3,
      description = "What the result is measured beside, if not the MODEL that it is made of.")
  @Nullable String against;

  @Mixin TextOptions texts = new TextOptions();

  @Mixin PruneOptions prune = new PruneOptions();

  @Option(names = "--int4-embeddings", order = 15,
      description = "With int4 methods: embeddings and output layer in four bits too, instead of eight.")
  boolean int4Embeddings;

  @Option(names = "--act-order", order = 16,
      description = "With int4-gptq: columns go by falling activation instead of from left to right.")
  boolean actOrder;

  @Option(names = "--damping", paramLabel = "PART", order = 17,
      description = "With int4-gptq: what is added to the Hessian's diagonal, as a share of its mean (${DEFAULT-VALUE}).")
  double damping = Rounding.GPTQ.damping();

  @Option(names = "--draft", paramLabel = "MODEL", order = 25,
      description = "A much smaller model of the same vocabulary, made with prune: goes into the result as its draft, which guesses what"
          + " the result will write. The text stays the same.")
  @Nullable String draft;

  @Option(names = "--register", paramLabel = "NAME", order = 30,
      description = "Keep the result in the registry under this name, with what was measured.")
  @Nullable String register;

  @Option(names = "--domain", paramLabel = "DOMAIN", order = 31,
      description = "Name or directory of the domain whose registry it is (java-docs).")
  @Nullable String domain;

  @Override
  public Integer call() throws Exception {
    if (System.getenv(LOG_LEVEL) == null) {
      System.setProperty(LOG_LEVEL, "WARN"); // the terminal is for the table, not for the engine's notices
    }
    ModelArgument parent = ModelArgument.of(model, domain);
    ModelArgument guessing = draft == null ? null : ModelArgument.of(draft, domain);
    ModelArgument compared = against == null ? parent : ModelArgument.of(against, domain);
    CompressedVersion version = register == null ? null : CompressedVersion.in(domain, register);
    checkOutput();
    DecoderConfig config = config(parent.folder());
    TextOptions.Texts read = texts.read(parent.folder(), config);
    if (method.calibrates() && read.learning() == null) {
      throw new IllegalArgumentException("--method " + method.written() + " goes by texts: give some with --calibrate");
    }
    PrintWriter out = spec.commandLine().getOut();
    TerminalProgress terminal = new TerminalProgress(out);
    try (Stop stop = Stop.listen()) {
      String made = compress(parent, config, read, terminal, stop);
      if (guessing != null) {
        CompressedVersion.copy(guessing.folder(), Files.createDirectories(output.resolve(CompressedVersion.DRAFT)));
      }
      terminal.endLine();
      out.println(made);
      SideBySide measured = SideBySide.of(
          compared.folder(), output, read.heldOut(), read.prompts(), progress("measuring", "windows", terminal, stop));
      terminal.endLine();
      out.print(measured.table());
      if (read.heldOut() == null) {
        out.println("Perplexity and speed were not measured: give a text with --held-out or --calibrate.");
      }
      out.println("Written to " + output);
      if (version != null) {
        out.println("Registered as " + version.keep(output, parent, settings(compared), measured));
      }
      out.flush();
      return 0;
    } catch (CancellationException e) {
      terminal.endLine();
      out.println("Stopped: " + e.getMessage());
      out.flush();
      return INTERRUPTED;
    }
  }

  private String compress(
      ModelArgument parent, DecoderConfig config, TextOptions.Texts read, TerminalProgress terminal, Stop stop)
      throws IOException {
    Recipe recipe = recipe();
    CompressionProgress progress = progress(method.written(), "blocks", terminal, stop);
    TokenWindows learning = read.learning();
    if (recipe != null) {
      prune.requireUnused();
      QuantisationReport report = Quantisation.run(
          parent.folder(), output, recipe, method.calibrates() && learning != null ? texts.calibration(learning) : null, progress);
      return String.format(Locale.ROOT, "%d matrices, relative error of weights %.4f, at most %.4f (%s)",
          report.matrices(), report.meanError(), report.worst().relativeError(), report.worst().tensor());
    }
    if (learning == null) {
      throw new IllegalArgumentException("--method prune goes by texts: give some with --calibrate");
    }
    return pruned(parent, config, learning, progress, terminal, stop);
  }

  private String pruned(
      ModelArgument parent, DecoderConfig config, TokenWindows learning, CompressionProgress progress,
      TerminalProgress terminal, Stop stop)
      throws IOException {
    Path work = output.resolveSibling(output.getFileName() + ".run");
    RunControl control = new RunControl(work, step -> terminal.show(String.format(Locale.ROOT,
        "%-10s step %,d of %,d, loss %.4f, %,.0f tokens/s", step.stage(), step.step(), step.total(), step.loss(),
        step.tokensPerSecond())), stop, Duration.ofSeconds(20));
    PrunedStudent.Result result = PrunedStudent.make(parent.folder(), output, prune.plan(config),
        texts.calibration(learning), learning, prune.teaching(), control, progress);
    if (!result.finished()) {
      throw new CancellationException("the checkpoint is in " + work + "; the same command goes on");
    }
    PruningReport report = result.pruning();
    return String.format(Locale.ROOT, "%,d of %,d parameters; blocks %s%s", report.parametersAfter(),
        report.parametersBefore(), report.keptLayers(), result.distillation() == null ? ""
            : String.format(Locale.ROOT, "; taught for %,d steps", result.distillation().steps()));
  }

  private @Nullable Recipe recipe() {
    Recipe recipe = method.recipe;
    if ((int4Embeddings || actOrder) && (recipe == null || recipe.matrices() != WeightFormat.INT4)) {
      throw new IllegalArgumentException("--int4-embeddings and --act-order go with --method int4 or int4-gptq");
    }
    if (recipe == null) {
      return null;
    }
    Recipe stored = int4Embeddings ? recipe.withEmbeddings(WeightFormat.INT4) : recipe;
    return stored.rounding() instanceof Rounding.Gptq gptq
        ? stored.with(new Rounding.Gptq(damping, gptq.block(), actOrder))
        : stored;
  }

  private static CompressionProgress progress(String step, String unit, TerminalProgress terminal, Stop stop) {
    return (done, all) -> {
      terminal.show(String.format(Locale.ROOT, "%-10s %,d of %,d %s", step, done, all, unit));
      if (stop.getAsBoolean()) {
        throw new CancellationException("nothing whole was written; the same command begins anew");
      }
    };
  }

  private void checkOutput() throws IOException {
    if (Files.exists(output) && !Files.isDirectory(output)) {
      throw new IllegalArgumentException("--out " + output + " is a file: give a folder");
    }
    if (Files.isDirectory(output)) {
      try (Stream<Path> files = Files.list(output)) {
        if (files.anyMatch(file -> file.toString().endsWith(".safetensors"))) {
          throw new IllegalArgumentException("--out " + output + " holds a model: choose another folder, or remove it");
        }
      }
    }
  }

  private static DecoderConfig config(Path folder) throws IOException {
    JsonNode json = Json.tree(Files.readAllBytes(folder.resolve("config.json")));
    return DecoderConfig.ofHuggingFace(json);
  }

  /** For the registry: how it was made, and what it was measured beside. */
  private Map<String, String> settings(ModelArgument compared) {
    Map<String, String> settings = new TreeMap<>();
    settings.put("stage", "compress");
    settings.put("method", method.written());
    settings.put("base", model);
    settings.put("against", compared.references().isEmpty()
        ? compared.folder().toAbsolutePath().normalize().toString() : compared.references().getFirst());
    Recipe recipe = recipe();
    settings.put("recipe", recipe == null
        ? "layers " + prune.layers + ", key-value heads " + prune.kvHeads + ", inner units " + prune.innerUnits + ", distilled for "
            + prune.seconds + " s"
        : recipe.toString());
    if (draft != null) {
      settings.put("draft", draft);
    }
    settings.put("calibrate", texts.calibrate.toString());
    settings.put("heldOut", texts.heldOut.toString());
    return settings;
  }
}
