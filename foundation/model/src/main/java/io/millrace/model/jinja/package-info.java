// SPDX-License-Identifier: Apache-2.0
/** Jinja templates that come with models, rendered as Python renders them and kept away from everything else. */
@NullMarked
package io.millrace.model.jinja;

import org.jspecify.annotations.NullMarked;
