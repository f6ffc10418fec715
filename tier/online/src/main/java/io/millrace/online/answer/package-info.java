// SPDX-License-Identifier: Apache-2.0
/** The way a question travels, from the guard at the entrance to an answer with citations. */
@NullMarked
package io.millrace.online.answer;

import org.jspecify.annotations.NullMarked;
