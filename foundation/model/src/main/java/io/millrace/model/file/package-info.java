// SPDX-License-Identifier: Apache-2.0
/** Large files that appear whole or not at all. */
@NullMarked
package io.millrace.model.file;

import org.jspecify.annotations.NullMarked;
