// SPDX-License-Identifier: Apache-2.0
/** Training stages: pretraining, fine-tuning, the reader; each is one class that reads top to bottom. */
@NullMarked
package io.millrace.train;

import org.jspecify.annotations.NullMarked;
