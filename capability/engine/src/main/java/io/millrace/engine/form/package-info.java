// SPDX-License-Identifier: Apache-2.0
/**
 * Holds what a model writes to a form: JSON of a schema, a regular expression, a grammar, calls of tools.
 *
 * <p>Once for a model: {@code Vocabulary vocabulary = Vocabulary.of(tokenizer, stopTokens)}, {@code Forms forms = new
 * Forms(vocabulary)}, {@code ToolSyntax syntax = ToolSyntax.of(chatTemplate, tokenizer)}. For each request, where it is
 * taken, so that what is wrong with it is said at once:
 *
 * <pre>{@code
 * OutputForm form = forms.of(request.format(), dialogue.tools(), request.toolChoice(), syntax); // or
 * forms.of(request.format()) FormState state = form.start(maxTokens);                       // refuses a budget that is
 * too small }</pre>
 *
 * For each token, after penalties and before sampling:
 *
 * <pre>{@code
 * state.mask(logits, tokensLeft);                                // tokensLeft counts this one; 1 for the last
 * int token = sampler.next(logits);
 * state.accept(token);
 * if (stopTokens.contains(token) || state.finished()) { ... }    // finished: nothing but the end could follow
 * }</pre>
 *
 * The stop tokens must be the ends that the vocabulary was made with. A sequence that is preempted keeps its state; one
 * that speculates works on {@link io.millrace.engine.form.FormState#fork a fork} and drops it. A form of free text
 * without tools needs no state at all. Text that may hold calls goes through a {@link
 * io.millrace.engine.form.CallReader} behind the stream decoder and the stop texts; if it has read calls, the answer
 * ends with {@code TOOL_CALLS}.
 *
 * <p>How it works: each form is written down as {@link io.millrace.engine.form.Expr expressions over bytes}, these
 * become {@link io.millrace.engine.form.Subsets deterministic} and {@link io.millrace.engine.form.Partition minimal}
 * automata, {@link io.millrace.engine.form.Rule rules} that call each other with a {@link io.millrace.engine.form.Frame
 * stack}. Which tokens may follow is found by {@link io.millrace.engine.form.Walk walking} the {@link
 * io.millrace.engine.form.TokenTrie tree of all tokens} with an automaton, once for each state of a rule, and {@link
 * io.millrace.engine.form.Memory remembered}. Each state has a {@link io.millrace.engine.form.Costs cost}, the tokens
 * that lead to the end: so a text always ends within its budget.
 */
@NullMarked
package io.millrace.engine.form;

import org.jspecify.annotations.NullMarked;
