// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.engine;

import io.millrace.benchmarks.Bench;
import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.Figures;
import io.millrace.benchmarks.Row;
import io.millrace.core.generation.OutputFormat;
import io.millrace.core.generation.SamplingOptions;
import io.millrace.core.json.Json;
import io.millrace.engine.ContinuousBatcher;
import io.millrace.engine.form.Forms;
import io.millrace.engine.form.OutputForm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.stream.LongStream;

/** What choosing a token costs beside computing what it is chosen from: sampling, and forms, in a large vocabulary. */
public final class ChoiceBench implements Bench {
  private static final int TURNS = 5;
  private static final int TOKENS = 128;
  private static final int STREAMS = 8;
  private static final int ANSWERS = 4;
  /** Drafts would be right where a model of random weights goes round in circles. */
  private static final ContinuousBatcher.Limits NO_DRAFTS = new ContinuousBatcher.Limits(STREAMS, 8, 128, 0);
  private static final SamplingOptions FLAT = SamplingOptions.of(1, 1, OptionalLong.of(1));

  private static final String PERSON = """
      {"type": "object", "additionalProperties": false, "required": ["name", "age", "email", "tags"], "properties": {
        "name": {"type": "string"}, "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "email": {"type": "string", "format": "email"}, "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 5}}}""";
  private static final String INVOICE = """
      {"type": "object", "additionalProperties": false, "required": ["date", "state", "lines"], "properties": {
        "date": {"type": "string", "format": "date"}, "state": {"enum": ["open", "paid", "void"]},
        "lines": {"type": "array", "minItems": 1, "items": {"type": "object", "additionalProperties": false,
          "required": ["text", "count", "price"], "properties": {"text": {"type": "string", "maxLength": 40},
            "count": {"type": "integer", "minimum": 1}, "price": {"type": "number"}, "note": {"type": ["string", "null"]}}}}}}""";
  private static final String SUMS = """
      root ::= sum ("\\n" sum)*
      sum ::= term (("+" | "-") term)*
      term ::= [0-9]+ | "(" sum ")"
      """;

  @Override
  public String name() {
    return "choice";
  }

  @Override
  public String purpose() {
    return "what sampling and structured output cost beside a step of decoding, in a vocabulary of 151,936 (--quick: 32,000)";
  }

  @Override
  public void measure(BenchRun run) throws IOException, InterruptedException, ExecutionException {
    Path tokenizer = run.data().resolve("tokenizer_smollm2");
    if (!Files.isDirectory(tokenizer)) {
      throw new IllegalArgumentException("no " + tokenizer + ", of which the vocabulary is made: name the folder of public data with --data");
    }
    ModelShape shape = run.quick() ? ModelShape.QWEN3_54M : ModelShape.QWEN3_0_6B;
    int vocabulary = shape.config().vocabSize();
    Path folder = new ModelShelf(EngineBench.place(), shape, run::say).ours(Precision.INT4);
    try (OurEngine engine = new OurEngine(folder, EngineBench.threads(), vocabulary, NO_DRAFTS)) {
      engine.write(STREAMS, 1, 32, FLAT, null); // warm-up
      double step = sampling(engine, 1, shape, run);
      sampling(engine, STREAMS, shape, run);
      forms(engine, new Forms(WideVocabulary.of(tokenizer, vocabulary)), step, shape, run);
    }
  }

  /** Ways to sample: with a temperature of a tenth, random weights make about as few tokens likely as trained ones. */
  private static Map<String, SamplingOptions> ways() {
    Map<String, SamplingOptions> ways = new LinkedHashMap<>();
    ways.put("greedy", SamplingOptions.GREEDY);
    ways.put("flat", FLAT);
    ways.put("flat-top-p", SamplingOptions.of(1, 0.95, OptionalLong.of(1)));
    ways.put("flat-top-k", new SamplingOptions(1, 40, 1, 0, 1, 0, 0, Map.of(), OptionalLong.of(1)));
    ways.put("peaked-top-p", SamplingOptions.of(0.1, 0.95, OptionalLong.of(1)));
    ways.put("penalties", new SamplingOptions(0.1, 0, 0.95, 0, 1.1, 0.1, 0.1, Map.of(), OptionalLong.of(1)));
    return ways;
  }

  /** Returns the time of a step without any choice, in seconds. */
  private static double sampling(OurEngine engine, int streams, ModelShape shape, BenchRun run)
      throws InterruptedException, ExecutionException {
    Map<String, SamplingOptions> ways = ways();
    Map<String, List<Double>> steps = new LinkedHashMap<>();
    for (int turn = 0; turn < TURNS; turn++) {
      for (Map.Entry<String, SamplingOptions> way : ways.entrySet()) {
        steps.computeIfAbsent(way.getKey(), _ -> new ArrayList<>())
            .add(step(engine.write(streams, 1, TOKENS / 2, way.getValue(), null)));
      }
    }
    double greedy = median(steps.getOrDefault("greedy", List.of()));
    steps.forEach((way, all) -> run.add(Row.against("sampling-" + way + "-" + streams + "x-" + shape.label(), "step",
        median(all) * 1e3, "ms", "greedy", greedy * 1e3)));
    return greedy;
  }

  private static void forms(OurEngine engine, Forms forms, double step, ModelShape shape, BenchRun run)
      throws InterruptedException, ExecutionException {
    Map<String, OutputFormat> formats = new LinkedHashMap<>();
    formats.put("schema-person", new OutputFormat.JsonSchema(Json.tree(PERSON.getBytes(StandardCharsets.UTF_8))));
    formats.put("schema-invoice", new OutputFormat.JsonSchema(Json.tree(INVOICE.getBytes(StandardCharsets.UTF_8))));
    formats.put("any-object", new OutputFormat.JsonObject());
    formats.put("regex", new OutputFormat.Regex("([A-Z][a-z]+ )+[0-9]{4}-[0-9]{2}-[0-9]{2}"));
    formats.put("grammar", new OutputFormat.Grammar(SUMS));
    for (Map.Entry<String, OutputFormat> format : formats.entrySet()) {
      long begin = System.nanoTime();
      OutputForm form = forms.of(format.getValue());
      String subject = "form-" + format.getKey() + "-" + shape.label();
      run.add(Row.alone(subject, "compiled", (System.nanoTime() - begin) / 1e6, "ms"));
      for (String when : List.of("first answer", "later answers")) {
        mask(engine, form, step, subject, when, run);
      }
    }
  }

  private static void mask(OurEngine engine, OutputForm form, double step, String subject, String when, BenchRun run)
      throws InterruptedException, ExecutionException {
    int answers = when.startsWith("first") ? 1 : ANSWERS;
    double masked = 0;
    int tokens = 0;
    for (int i = 0; i < answers; i++) {
      TimedMask mask = new TimedMask(form.start(TOKENS));
      tokens += engine.write(1, 1, TOKENS, FLAT.withSeed(answers + i), mask).getFirst().length;
      masked += mask.seconds();
    }
    run.add(Row.against(subject, "masks, " + when, masked / tokens * 1e3, "ms/token", "a greedy step", step * 1e3));
  }

  /** The median time from a token to the next, in seconds. */
  private static double step(List<long[]> streams) {
    return Figures.median(streams.stream()
        .flatMapToLong(arrivals -> LongStream.range(1, arrivals.length).map(i -> arrivals[(int) i] - arrivals[(int) i - 1]))
        .mapToDouble(nanos -> nanos / 1e9).toArray());
  }

  private static double median(List<Double> values) {
    return Figures.median(values.stream().mapToDouble(Double::doubleValue).toArray());
  }
}
