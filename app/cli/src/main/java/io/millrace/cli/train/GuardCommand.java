// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.core.document.Language;
import io.millrace.core.document.QuestionAnswer;
import io.millrace.guard.InjectionClassifier;
import io.millrace.train.data.PlainTexts;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** Attacks against questions. */
@Command(
    name = "guard",
    description = {
      "Train the classifier that tells attacks from the questions that your users ask.",
      "With DOMAIN also the scorer that tells which sentences the domain's passages bear out."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Data: harmless questions of your users, JSON lines {\"text\": \"…\"}; the attacks come along.",
      "",
      "  millrace train guard java-docs",
      "  millrace train guard --data questions.jsonl --output my-guard",
    })
final class GuardCommand implements Callable<Integer> {
  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Parameters(index = "0", arity = "0..1", paramLabel = "DOMAIN", description = "Learn from this domain's questions instead of --data.")
  @Nullable String domain;

  @Option(names = "--data", paramLabel = "FILE", arity = "1..*", order = 1, description = "Harmless questions.")
  List<Path> data = List.of();

  @Option(names = "--output", paramLabel = "DIR", order = 3, description = "Folder that the classifier is written to.")
  @Nullable Path output;

  @Override
  public Integer call() throws Exception {
    if (data.isEmpty()) {
      return DomainSteps.run(spec.commandLine().getOut(), domain, DomainCommand.Model.GUARD.steps());
    }
    if (output == null) {
      throw new IllegalArgumentException("--output is missing: give the folder that the classifier is written to");
    }
    List<QuestionAnswer> questions = new ArrayList<>();
    for (Path file : data) {
      for (String text : PlainTexts.read(file).items()) {
        boolean chinese = text.codePoints().anyMatch(c -> Character.UnicodeScript.of(c) == Character.UnicodeScript.HAN);
        questions.add(new QuestionAnswer("question-" + questions.size(), "", chinese ? Language.CHINESE : Language.ENGLISH,
            "harmless", text, "", List.of()));
      }
    }
    InjectionClassifier classifier = InjectionClassifier.train(questions, InjectionClassifier.Settings.defaults());
    Files.createDirectories(output);
    classifier.save(output);
    classifier.scores().forEach((name, value) ->
        spec.commandLine().getOut().printf(Locale.ROOT, "%-22s %10.4f%n", name, value));
    spec.commandLine().getOut().println("Written to " + output);
    spec.commandLine().getOut().flush();
    return 0;
  }
}
