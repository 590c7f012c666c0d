"""The room of ONNX: fitted estimators as files, and estimators that predict by them."""
