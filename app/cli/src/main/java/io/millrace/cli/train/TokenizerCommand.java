// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.model.tokenizer.BpeTrainer;
import io.millrace.model.tokenizer.BpeVocabulary;
import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.train.data.PlainTexts;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** A vocabulary. */
@Command(
    name = "tokenizer",
    description = "Learn a byte-level BPE vocabulary from texts, or from a domain's content.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "  millrace train tokenizer --data texts/ --vocabulary 8192 --output my-tokenizer",
      "  millrace train tokenizer java-docs",
    })
final class TokenizerCommand implements Callable<Integer> {
  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Parameters(index = "0", arity = "0..1", paramLabel = "DOMAIN", description = "Learn from this domain's content instead of --data.")
  @Nullable String domain;

  @Option(names = "--data", paramLabel = "FILE", arity = "1..*", order = 1,
      description = "Text files, folders of them, or JSON lines {\"text\": \"…\"}.")
  List<Path> data = List.of();

  @Option(names = "--vocabulary", paramLabel = "N", order = 2,
      description = "Tokens, the 256 bytes and special ones included (${DEFAULT-VALUE}).")
  int vocabulary = 8192;

  @Option(names = "--output", paramLabel = "DIR", order = 3, description = "Folder that tokenizer.json is written to.")
  @Nullable Path output;

  @Override
  public Integer call() throws Exception {
    if (data.isEmpty()) {
      return DomainSteps.run(spec.commandLine().getOut(), domain, DomainCommand.Model.TOKENIZER.steps());
    }
    if (output == null) {
      throw new IllegalArgumentException("--output is missing: give the folder that tokenizer.json is written to");
    }
    learn(output);
    return 0;
  }

  private void learn(Path folder) throws IOException {
    List<String> texts = new ArrayList<>();
    for (Path file : data) {
      texts.addAll(PlainTexts.read(file).items());
    }
    BpeVocabulary learnt = BpeTrainer.ofSize(vocabulary).train(texts.iterator());
    Files.createDirectories(folder);
    learnt.writeTokenizerJson(folder.resolve(Tokenizer.FILE));
    try (Tokenizer tokenizer = Tokenizer.load(folder)) {
      long characters = 0;
      long tokens = 0;
      for (String text : texts.subList(0, Math.min(200, texts.size()))) {
        characters += text.length();
        tokens += tokenizer.encode(text).length;
      }
      spec.commandLine().getOut().printf(Locale.ROOT, "%,d tokens, %.2f characters a token on the data; written to %s%n",
          tokenizer.size(), (double) characters / Math.max(1, tokens), folder);
    }
    if (learnt.size() < vocabulary) {
      spec.commandLine().getOut().printf("The texts offered no more pairs than for %,d of %,d tokens.%n", learnt.size(), vocabulary);
    }
    spec.commandLine().getOut().flush();
  }
}
