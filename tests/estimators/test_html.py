"""What a notebook shows of an estimator."""

import re

import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcnn import (
    CNNClassifier,
    CNNRegressor,
    ImageFlattener,
    KerasClassifier,
    KerasRegressor,
    LabelOneHotEncoder,
    MLPClassifier,
    MLPRegressor,
    PixelScaler,
    build_mlp,
)

NETWORKS = [
    MLPClassifier(),
    MLPRegressor(),
    CNNClassifier(),
    CNNRegressor(),
    KerasClassifier(build_mlp),
    KerasRegressor(build_mlp),
]
TRANSFORMERS = [ImageFlattener(), PixelScaler(), LabelOneHotEncoder()]


@pytest.mark.parametrize("estimator", NETWORKS + TRANSFORMERS, ids=lambda e: type(e).__name__)
def test_no_link_leads_to_a_page_that_is_not_there(estimator):
    of_scikit_learn = StandardScaler()._repr_html_()

    shown = make_pipeline(estimator)._repr_html_()

    assert type(estimator).__name__ in shown
    assert re.findall(r'href="([^"]+)"', of_scikit_learn) != []
    assert [link for link in re.findall(r'href="([^"]+)"', shown) if "Pipeline" not in link] == []


@pytest.mark.slow
def test_fitted_attributes_are_shown(scaled_digits):
    pytest.importorskip("sklearn.callback", reason="scikit-learn shows them since 1.9")
    classifier = MLPClassifier((4,), epochs=2, random_state=0).fit(*scaled_digits)

    table = classifier._repr_html_().partition("Fitted attributes")[2].partition("</table>")[0]

    cells = [
        re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", table, re.S)
    ]
    shown = dict(zip(cells[::3], zip(cells[1::3], cells[2::3], strict=True), strict=True))
    assert shown["n_parameters_"] == ("int", str(64 * 4 + 4 + 4 * 10 + 10))
    assert shown["n_iter_"] == ("int", "2")
    assert shown["best_epoch_"] == ("int", str(classifier.best_epoch_))
    assert shown["best_score_"] == ("float", f"{classifier.best_score_:.4g}")
    assert {"classes_", "history_", "input_shape_", "model_"} <= shown.keys()
