# Sourced: makes the models' build environment once, and names its interpreter.
environment=.cache/models/venv
python="$environment/bin/python"
wanted=scripts/build_models.requirements.txt
if ! cmp -s "$wanted" "$environment/installed.txt"; then
    python3 -m venv "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"
    cp "$wanted" "$environment/installed.txt"
fi
export TF_CPP_MIN_LOG_LEVEL=3
