// SPDX-License-Identifier: Apache-2.0
/** Holds what a model writes to a form. */
@NullMarked
package io.millrace.engine.form;

import org.jspecify.annotations.NullMarked;
