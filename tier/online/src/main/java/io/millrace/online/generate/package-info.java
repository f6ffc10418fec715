// SPDX-License-Identifier: Apache-2.0
/** A language model asked directly, without retrieval: whom it is, what it may say, how many choices it gives. */
@NullMarked
package io.millrace.online.generate;

import org.jspecify.annotations.NullMarked;
