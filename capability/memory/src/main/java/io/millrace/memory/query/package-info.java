// SPDX-License-Identifier: Apache-2.0
/** How a question is understood before it is searched for: what it leans on in the dialogue, its parts, and what it is after. */
@NullMarked
package io.millrace.memory.query;

import org.jspecify.annotations.NullMarked;
