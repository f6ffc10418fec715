// SPDX-License-Identifier: Apache-2.0
/** The BERT-style encoder that is fine-tuned: its shape, its arithmetic on libtorch, its ONNX file and folder. */
@NullMarked
package io.millrace.model.encoder;

import org.jspecify.annotations.NullMarked;
