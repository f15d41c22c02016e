namespace Gatehouse.Doctor.Hardening.Elasticsearch;

/// <summary>What Elasticsearch and OpenSearch call the same things.</summary>
internal sealed record ElasticDialect
{
    /// <summary>Elasticsearch.</summary>
    public static ElasticDialect Elasticsearch { get; } = new()
    {
        System = "elasticsearch",
        File = "elasticsearch.yml",
        Transport = "xpack.security.transport.ssl",
        Http = "xpack.security.http.ssl",
        Key = "key",
        Certificate = "certificate",
        Authorities = "certificate_authorities",
        Protocols = "supported_protocols",
        Ciphers = "cipher_suites",
        Stores = ["keystore", "truststore", "key_passphrase"],
    };

    /// <summary>OpenSearch with its security plugin.</summary>
    public static ElasticDialect OpenSearch { get; } = new()
    {
        System = "opensearch",
        File = "opensearch.yml",
        Transport = "plugins.security.ssl.transport",
        Http = "plugins.security.ssl.http",
        Key = "pemkey_filepath",
        Certificate = "pemcert_filepath",
        Authorities = "pemtrustedcas_filepath",
        Protocols = "enabled_protocols",
        Ciphers = "enabled_ciphers",
        Stores =
        [
            "keystore_type", "keystore_filepath", "keystore_alias", "keystore_password", "keystore_keypassword",
            "truststore_type", "truststore_filepath", "truststore_alias", "truststore_password", "pemkey_password",
        ],
    };

    /// <summary>The system's word.</summary>
    public required string System { get; init; }

    /// <summary>Name of the main file.</summary>
    public required string File { get; init; }

    /// <summary>Where TLS between nodes is set.</summary>
    public required string Transport { get; init; }

    /// <summary>Where TLS towards clients is set.</summary>
    public required string Http { get; init; }

    /// <summary>The private key's file.</summary>
    public required string Key { get; init; }

    /// <summary>The certificate's file.</summary>
    public required string Certificate { get; init; }

    /// <summary>The CA's file or files.</summary>
    public required string Authorities { get; init; }

    /// <summary>Versions of TLS.</summary>
    public required string Protocols { get; init; }

    /// <summary>Cipher suites.</summary>
    public required string Ciphers { get; init; }

    /// <summary>What cannot stand beside PEM files.</summary>
    public required string[] Stores { get; init; }

    /// <summary>Whether it is OpenSearch.</summary>
    public bool IsOpenSearch => this == OpenSearch;
}
