// SPDX-License-Identifier: Apache-2.0
/** Recommendation: recall from content, links and behaviour, a ranker that explains itself, diversity. */
@NullMarked
package io.millrace.recommend;

import org.jspecify.annotations.NullMarked;
