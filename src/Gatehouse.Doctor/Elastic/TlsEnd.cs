using System.Collections.Immutable;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic;

/// <summary>One end that speaks TLS: a listener, or what a realm calls with.</summary>
/// <param name="What">What it is called in a sentence: <c>HTTP</c>.</param>
/// <param name="Settings">Where its settings stand.</param>
/// <param name="Prefix">What their names begin with.</param>
/// <param name="IsOpenSearch">Whether the names are those of OpenSearch.</param>
internal sealed record TlsEnd(string What, LayeredSettings Settings, string Prefix, bool IsOpenSearch)
{
    /// <summary>The switch.</summary>
    public Setting Enabled => Named("enabled", "enabled");

    /// <summary>Versions.</summary>
    public Setting Protocols => Named("supported_protocols", "enabled_protocols");

    /// <summary>Suites.</summary>
    public Setting Ciphers => Named("cipher_suites", "enabled_ciphers");

    /// <summary>Whether clients show a certificate.</summary>
    public Setting ClientAuthentication => Named("client_authentication", "clientauth_mode");

    /// <summary>How the other side's certificate is looked at; OpenSearch has a switch for the name alone.</summary>
    public Setting Verification => Named("verification_mode", "enforce_hostname_verification");

    /// <summary>Certificate in PEM.</summary>
    public Setting Certificate => Named("certificate", "pemcert_filepath");

    /// <summary>Key in PEM.</summary>
    public Setting Key => Named("key", "pemkey_filepath");

    /// <summary>Store with key and certificate.</summary>
    public Setting Keystore => Named("keystore.path", "keystore_filepath");

    /// <summary>Store of trusted certificates.</summary>
    public Setting Truststore => Named("truststore.path", "truststore_filepath");

    /// <summary>The store's password where it stands in the file.</summary>
    public Setting KeystorePassword => Named("keystore.password", "keystore_password");

    /// <summary>Name of the store's password among the secure settings.</summary>
    public string SecureKeystorePassword => $"{Prefix}.{(IsOpenSearch ? "keystore_password_secure" : "keystore.secure_password")}";

    /// <summary>Where its key lies, and its certificate.</summary>
    public ImmutableArray<Setting> KeyFiles => [.. new[] { Key, Keystore }.Where(static s => s.HasValue())];

    /// <summary>A setting of it; OpenSearch takes the plugin's old names as well.</summary>
    public Setting this[string name] => Settings.Either($"{Prefix}.{name}");

    private Setting Named(string elasticsearch, string openSearch) => this[IsOpenSearch ? openSearch : elasticsearch];
}
