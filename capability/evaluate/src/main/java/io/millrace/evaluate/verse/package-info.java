// SPDX-License-Identifier: Apache-2.0
/** Whether classical Chinese poems keep their form. */
@NullMarked
package io.millrace.evaluate.verse;

import org.jspecify.annotations.NullMarked;
