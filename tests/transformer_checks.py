"""Checks that scikit-learn runs on its own transformers alone, by their names."""

OF_ITS_OWN_TRANSFORMERS = [
    "check_dataframe_column_names_consistency",
    "check_global_output_transform_pandas",
    "check_inplace_ensure_writeable",
    "check_param_validation",
    "check_set_output_transform",
    "check_set_output_transform_pandas",
    "check_transformer_get_feature_names_out",
    "check_transformer_get_feature_names_out_pandas",
]
