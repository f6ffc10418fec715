// SPDX-License-Identifier: Apache-2.0
package io.millrace.recommend;

/** Names of what the ranker sees; they are part of every exposure in the log, so a name never changes its meaning. */
public final class Feature {

  /** Likeness of content to the open document. */
  public static final String CONTENT_CONTEXT = "content_context";

  /** Likeness of content to what the user opened of late, the latest counting most. */
  public static final String CONTENT_RECENT = "content_recent";

  /** Nearness in the link graph to the open document, 1 for the nearest candidate. */
  public static final String LINK_CONTEXT = "link_context";

  /** Nearness in the link graph to what the user opened of late. */
  public static final String LINK_RECENT = "link_recent";

  /** How often it was opened in the same session as the open document: n / (n + 3). */
  public static final String COVISIT_CONTEXT = "covisit_context";

  /** The same for what the user opened of late. */
  public static final String COVISIT_RECENT = "covisit_recent";

  /** Openings by anybody, decayed: n / (n + 5). */
  public static final String POPULARITY = "popularity";

  /** Documents that point to it: n / (n + 20). */
  public static final String CENTRALITY = "centrality";

  /** Share of its exposures that led to an opening, smoothed towards one in twenty; 1 from one half on. */
  public static final String CLICK_RATE = "click_rate";

  /** Sum of its ratings r as r / (|r| + 3). */
  public static final String RATING = "rating";

  /** How much the user is drawn to its library, 1 for the user's favourite. */
  public static final String AFFINITY_LIBRARY = "affinity_library";

  /** The same for its package. */
  public static final String AFFINITY_PACKAGE = "affinity_package";

  /** 1 if it is in the language of the open document, or of what was opened last. */
  public static final String SAME_LANGUAGE = "same_language";

  /** How recently the user opened what led to it: 1 for the last document, less for each one before. */
  public static final String FRESHNESS = "freshness";

  /** Likeness of content to what the user disliked. */
  public static final String DISLIKED = "disliked";

  private Feature() {}
}
