// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Something that happened online. Events are facts: they are appended to {@link io.millrace.core.log.Topic#EVENTS}
 * keyed by user, never changed, and every view of users, items and quality is computed from them.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Event.Searched.class, name = "searched"),
  @JsonSubTypes.Type(value = Event.Answered.class, name = "answered"),
  @JsonSubTypes.Type(value = Event.Grounded.class, name = "grounded"),
  @JsonSubTypes.Type(value = Event.Exposed.class, name = "exposed"),
  @JsonSubTypes.Type(value = Event.Clicked.class, name = "clicked"),
  @JsonSubTypes.Type(value = Event.Rated.class, name = "rated"),
  @JsonSubTypes.Type(value = Event.Judged.class, name = "judged")
})
public sealed interface Event {

  /** Unique identity; appending the same event twice counts once. */
  String id();

  /** When it happened, by the clock of the gateway. */
  Instant at();

  /** Ties together all events of one request. */
  String trace();

  /** Who; an opaque identity chosen by the client, {@code anonymous} where none was given. */
  String user();

  /**
   * A search was made.
   *
   * @param documents identities of what was found, best first
   * @param millis time taken
   * @param shown what spoke for the first of them; null in events of the first versions
   */
  record Searched(
      String id,
      Instant at,
      String trace,
      String user,
      String query,
      List<String> documents,
      double millis,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable ShownHits shown)
      implements Event {

    /** A search of which it is not known what spoke for its hits. */
    public Searched(
        String id, Instant at, String trace, String user, String query, List<String> documents, double millis) {
      this(id, at, trace, user, query, documents, millis, null);
    }
  }

  /**
   * A question was answered, or refused.
   *
   * @param question redacted text of the last user message
   * @param answer redacted text of the answer
   * @param mode {@code model}, {@code reader}, {@code quote}, {@code none} or {@code refused}
   * @param model name and version of the model that answered
   * @param citations identities of the cited passages, in order of their numbers
   * @param promptTokens tokens read
   * @param completionTokens tokens written
   * @param millis time per step, in the order of the steps
   * @param labels access labels of the sources that it was made from, and that of the asker's tenant: whoever makes training data
   *     of answers must leave out those that have any
   * @param shown what spoke for the passages that were found; null where nothing was sought, and in events of the first versions
   */
  record Answered(
      String id,
      Instant at,
      String trace,
      String user,
      String question,
      String answer,
      String mode,
      String model,
      List<String> citations,
      int promptTokens,
      int completionTokens,
      Map<String, Double> millis,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) Set<String> labels,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable ShownHits shown)
      implements Event {
    /** Events of the first versions have no labels. Those of several sources together may be many. */
    public Answered {
      labels = labels == null ? Set.of() : Collections.unmodifiableSet(new TreeSet<>(labels));
    }

    /** An answer for which nothing was sought. */
    public Answered(
        String id,
        Instant at,
        String trace,
        String user,
        String question,
        String answer,
        String mode,
        String model,
        List<String> citations,
        int promptTokens,
        int completionTokens,
        Map<String, Double> millis,
        Set<String> labels) {
      this(id, at, trace, user, question, answer, mode, model, citations, promptTokens, completionTokens, millis, labels, null);
    }
  }

  /**
   * The sentences of an answer were tied to the words that bear them out.
   *
   * @param sentences in the order of the answer
   */
  record Grounded(String id, Instant at, String trace, String user, List<Sentence> sentences) implements Event {

    /**
     * A sentence of an answer.
     *
     * @param start first character within the answer
     * @param end one past the last character
     * @param verdict {@code supported}, {@code partly} or {@code not}
     * @param score how likely its words are borne out, from 0 to 1
     * @param passage identity of the passage with the words that bear it out best; empty where there is none
     * @param from first character of these words within the passage's text
     * @param to one past the last character
     */
    public record Sentence(int start, int end, String verdict, double score, String passage, int from, int to) {}
  }

  /**
   * A list of items was shown.
   *
   * @param surface where: {@code related}, {@code home}, {@code search}
   * @param context document that the list was shown beside, if any
   * @param items in the order shown
   * @param strategy name of the strategy and arm that made the list
   */
  record Exposed(
      String id,
      Instant at,
      String trace,
      String user,
      String surface,
      @Nullable String context,
      List<Item> items,
      String strategy)
      implements Event {

    /**
     * One shown item.
     *
     * @param document its identity
     * @param position from 0
     * @param score the ranker's score
     * @param features what the ranker saw, so that it can be trained on exactly that
     */
    public record Item(String document, int position, double score, Map<String, Double> features) {}
  }

  /**
   * An item was opened.
   *
   * @param exposure identity of the {@link Exposed} or {@link Searched} event it was opened from, if known
   * @param dwellMillis how long it was looked at; 0 where unknown
   */
  record Clicked(
      String id,
      Instant at,
      String trace,
      String user,
      String document,
      String surface,
      @Nullable String exposure,
      long dwellMillis)
      implements Event {}

  /**
   * A person said what an answer or a document was worth.
   *
   * @param target identity of an {@link Answered} event (its trace) or of a document
   * @param value from -1 (bad) to 1 (good)
   * @param comment free text, redacted
   */
  record Rated(String id, Instant at, String trace, String user, String target, double value, String comment)
      implements Event {}

  /**
   * Risk control decided.
   *
   * @param stage {@code input}, {@code output}, {@code document}
   * @param decision {@code allow}, {@code redact}, {@code quote}, {@code refuse}
   * @param rule what decided, for example {@code injection.ignore-instructions} or {@code classifier}
   * @param reason for the person who reads it
   * @param score certainty from 0 to 1
   * @param model name and version of the classifier in use; empty where rules judged alone
   */
  record Judged(
      String id,
      Instant at,
      String trace,
      String user,
      String stage,
      String decision,
      String rule,
      String reason,
      double score,
      String model)
      implements Event {
    /** Events of the first versions do not name the classifier. */
    public Judged {
      model = model == null ? "" : model;
    }
  }
}
