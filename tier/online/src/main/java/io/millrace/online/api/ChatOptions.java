// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.online.http.Fields;

/** Options of streams that all models have. */
final class ChatOptions {

  private ChatOptions() {}

  /** Returns whether a stream ends with the token counts. */
  static boolean includeUsage(Fields body) {
    return body.object("stream_options").map(options -> options.flag("include_usage", false)).orElse(false);
  }
}
