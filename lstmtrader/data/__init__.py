"""Where prices come from."""

# Short names for the providers that ship; any other is named by its dotted path.
PROVIDERS = {
    "sample": "lstmtrader.data.sample:SampleProvider",
    "files": "lstmtrader.data.files.provider:FilesProvider",
    "yahoo": "lstmtrader.data.yahoo.provider:YahooProvider",
    "synthetic": "lstmtrader.data.synthetic:SyntheticProvider",
}
