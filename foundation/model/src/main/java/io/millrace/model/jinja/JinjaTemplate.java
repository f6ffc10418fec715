// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.jinja;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.el.JinjavaProcessors;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.Context.Library;
import com.hubspot.jinjava.interpret.InterpretException;
import com.hubspot.jinjava.interpret.InterpreterFactory;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.exptest.ExpTest;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import com.hubspot.jinjava.tree.Node;
import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Jinja template that came with a model, rendered as Hugging Face Transformers does: blocks are trimmed, there are
 * {@code raise_exception}, {@code strftime_now}, {@code tojson} with Python's blanks, {@code break} and {@code continue}.
 *
 * <p>Such a template is a program from elsewhere. It reaches nothing but its variables ({@link PythonObjects}), reads no
 * files, and is stopped after {@value #MOST_STEPS} steps, {@value #MOST_OUTPUT} characters, or a list of
 * {@value #MOST_ITEMS} items. What the library cannot render is an error and never a text that is nearly right.
 *
 * @see <a href="https://huggingface.co/docs/transformers/chat_templating_writing">writing a chat template</a>
 */
public final class JinjaTemplate {
  private static final int MOST_STEPS = 1_000_000;
  private static final int MOST_OUTPUT = 8_000_000;
  private static final int MOST_ITEMS = 100_000;
  private static final int DEEPEST = 64;

  /** {@code condition and 'text'}, whose value is the text in Python and a truth value in the library. */
  private static final Pattern CHOSEN = Pattern.compile("\\b(and\\s+['\"] *['\"])\\s*(?=or\\b|[-+]?[%}]}|\\)|~|\\+)");
  private static final Pattern FILTER = Pattern.compile("\\|\\s*([a-zA-Z_]\\w*)");
  private static final Pattern TEST = Pattern.compile("\\bis\\s+(?:not\\s+)?([a-zA-Z_]\\w*)");
  private static final Pattern TAG = Pattern.compile("\\{%[-+]?\\s*([a-zA-Z_]\\w*)");
  private static final Set<String> UNWANTED =
      Set.of("import", "from", "include", "extends", "block", "cycle", "autoescape", "ifchanged", "unless");

  private static final Jinjava LIBRARY = library();

  private final String text;
  private final String place;

  /**
   * A template.
   *
   * @param text its source
   * @param place where it was found, for messages
   * @throws IllegalArgumentException naming the template and the line, when it uses what cannot be rendered
   */
  public JinjaTemplate(String text, String place) {
    this.text = PythonSyntax.forLibrary(text);
    this.place = place;
    Context known = LIBRARY.getGlobalContext();
    // What the library passes over without a word.
    refuse(CHOSEN, _ -> true, "the library would write True in place of the text in");
    refuse(FILTER, name -> known.getFilter(name) == null, "there is no filter");
    refuse(TEST, name -> !name.equals("not") && !name.equals("in") && known.getExpTest(name) == null, "there is no test");
    refuse(TAG, name -> UNWANTED.contains(name), "templates of dialogues have no use for the tag");
  }

  private void refuse(Pattern pattern, Predicate<String> wrong, String why) {
    Matcher found = pattern.matcher(PythonSyntax.codeWithoutTexts(text));
    while (found.find()) {
      if (wrong.test(found.group(1))) {
        long line = 1 + text.substring(0, found.start()).chars().filter(c -> c == '\n').count();
        throw new IllegalArgumentException("%s, line %d: cannot be rendered: %s '%s'".formatted(place, line, why, found.group(1)));
      }
    }
  }

  private static Jinjava library() {
    Jinjava library = new Jinjava(config(new Watch()));
    library.setResourceLocator((name, _, _) -> {
      throw new UnsupportedOperationException("templates read no files: " + name);
    });
    Context everywhere = library.getGlobalContext();
    everywhere.registerTag(new FilteredForTag());
    everywhere.registerTag(new GenerationTag());
    PythonFilter.all().forEach(everywhere::registerFilter);
    everywhere.registerExpTest(new TextIs("iterable", library.getGlobalContext().getExpTest("iterable")));
    everywhere.registerExpTest(new TextIs("sequence", library.getGlobalContext().getExpTest("sequence")));
    everywhere.registerFunction(
        new ELFunctionDefinition("", "raise_exception", TemplateFunctions.class, "raise", Object.class));
    everywhere.registerFunction(
        new ELFunctionDefinition("", "strftime_now", TemplateFunctions.class, "now", Object.class));
    return library;
  }

  private static JinjavaConfig config(Watch watch) {
    return JinjavaConfig.newBuilder()
        .withTrimBlocks(true).withLstripBlocks(true).withKeepTrailingNewline(true)
        .withLegacyOverrides(LegacyOverrides.newBuilder()
            .withEvaluateMapKeys(true).withIterateOverMapKeys(true).withWhitespaceRequiredWithinTokens(false)
            .withUseNaturalOperatorPrecedence(true).withParseWhitespaceControlStrictly(true)
            .withAllowAdjacentTextNodes(true).withUseTrimmingForNotesAndExpressions(true)
            .withKeepNullableLoopValues(true).withHandleBackslashInQuotesOnly(true).build())
        .withNestedInterpretationEnabled(false) // what people write into a dialogue is not a template
        .withFailOnUnknownTokens(false)
        .withReadOnlyResolver(true).withElResolver(new PythonObjects()) // in this order: the former sets the latter
        .withInterperterFactory(new Interpreters())
        .withDisabled(Map.of(
            Library.TAG, UNWANTED,
            Library.FUNCTION, Set.of("type"), Library.FILTER, Set.of("render", "log", "random", "shuffle")))
        .withMaxOutputSize(MOST_OUTPUT).withMaxStringLength(MOST_OUTPUT)
        .withMaxListSize(MOST_ITEMS).withMaxMapSize(MOST_ITEMS).withRangeLimit(MOST_ITEMS)
        .withMaxRenderDepth(DEEPEST).withEnableRecursiveMacroCalls(true).withMaxMacroRecursionDepth(DEEPEST)
        .withProcessors(JinjavaProcessors.newBuilder().withNodePreProcessor(watch).build())
        .build();
  }

  /**
   * Renders the template.
   *
   * @param variables texts, numbers, truth values, and lists and maps of them; null stands for Python's None
   * @return the text
   * @throws IllegalArgumentException naming the template and the place in it, when it refuses the variables, or uses what
   *     cannot be rendered
   */
  public String render(Map<String, ? extends @Nullable Object> variables) {
    Watch watch = new Watch();
    RenderResult result;
    try {
      result = LIBRARY.renderForResult(text, TemplateValues.of(variables), config(watch));
    } catch (RuntimeException | StackOverflowError e) {
      throw new IllegalArgumentException(place + ": cannot be rendered: " + e.getMessage(), e);
    }
    if (!result.getErrors().isEmpty()) {
      TemplateError error = result.getErrors().getFirst();
      String message = TemplateFunctions.raised(error.getException()).orElseGet(() -> "cannot be rendered: " + error.getMessage());
      throw new IllegalArgumentException(place + near(watch.code) + ": " + message, error.getException());
    }
    return TemplateValues.written(result.getOutput());
  }

  @Override
  public String toString() {
    return place;
  }

  /** The library does not count lines that it trims away, so the code itself is shown. */
  private static String near(String code) {
    String line = code.strip().lines().findFirst().orElse("");
    return line.isEmpty() ? "" : ", near '" + line + "'";
  }

  /** Counts the steps of one rendering, and knows how far it is. */
  private static final class Watch implements BiConsumer<Node, JinjavaInterpreter> {
    private int steps;
    private String code = "";

    @Override
    public void accept(Node node, JinjavaInterpreter interpreter) {
      if (interpreter.getErrorsCopy().isEmpty()) { // the library goes on after an error
        code = node.getMaster().getImage();
      }
      if (++steps > MOST_STEPS) {
        throw new InterpretException("stopped after " + MOST_STEPS + " steps", node.getLineNumber(), node.getStartPosition());
      }
    }
  }

  /** A test that texts pass too, as in Python. */
  private record TextIs(String name, ExpTest others) implements ExpTest {
    @Override
    public String getName() {
      return name;
    }

    @Override
    public boolean evaluate(Object value, JinjavaInterpreter interpreter, Object... arguments) {
      return value instanceof CharSequence || others.evaluate(value, interpreter, arguments);
    }
  }

  private static final class Interpreters implements InterpreterFactory {
    @Override
    public JinjavaInterpreter newInstance(JinjavaInterpreter original) {
      return new Interpreter(original);
    }

    @Override
    public JinjavaInterpreter newInstance(Jinjava application, Context context, JinjavaConfig config) {
      return new Interpreter(application, context, config);
    }
  }

  /** Writes values as Python shows them. */
  private static final class Interpreter extends JinjavaInterpreter {
    Interpreter(Jinjava application, Context context, JinjavaConfig config) {
      super(application, context, config);
    }

    Interpreter(JinjavaInterpreter original) {
      super(original);
    }

    @Override
    public String getAsString(@Nullable Object value) {
      return value == null ? "" : PythonText.of(value);
    }
  }
}
