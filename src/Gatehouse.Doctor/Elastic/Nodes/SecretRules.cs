using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Gatehouse.Doctor.Elastic.Keystores;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic.Nodes;

/// <summary>Passwords in the wrong place, and passwords that everybody knows: ES-019, ES-021, ES-022, ES-066.</summary>
internal static partial class SecretRules
{
    /// <summary>Hashes of the users that OpenSearch's demo installer makes; their passwords are their names.</summary>
    private static readonly FrozenSet<string> DemoHashes = new[]
    {
        "$2a$12$VcCDgh2NDk07JGN0rjGbM.Ad41qVR/YFJcgHp0UGns5JDymv..TOG",
        "$2y$12$TRwAAJgnNo67w3rVUz4FIeLx9Dy/llB79zf9I15CKJ9vkM4ZzAd3.",
        "$2a$12$4AcgAt3xwOWadA5s5blL6ev39OXDNhmOesEoo33eZtrq2N0YrU3H.",
        "$2a$12$JJSXNfTowz7Uu5ttXfeYpeYE0arACvcwlPBStB1F.MI7f0U9Z4DGC",
        "$2a$12$u1ShR4l4uBS3Uv59Pa2y5.1uQuZBrZtmNfqB3iM/.jL0XoV9sghS2",
        "$2a$12$ae4ycwzwvLtZxwZ82RmiEunBbIPiAmGZduBAjKN0TXdwQFtCwARz2",
        "$2y$12$DpwmetHKwgYnorbgdvORCenv4NAK8cPUg8AI6pxLCuWf/ALc0.v7W",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly string[] DemoFiles = ["esnode.pem", "esnode-key.pem", "kirk.pem", "kirk-key.pem"];
    private static readonly string[] SecretVariables = ["ELASTIC_PASSWORD", "KEYSTORE_PASSWORD", "BOOTSTRAP_PASSWORD", "OPENSEARCH_INITIAL_ADMIN_PASSWORD", "ELASTICSEARCH_PASSWORD"];

    /// <summary>ES-019: secrets in the file or the environment instead of the secure settings.</summary>
    public static IEnumerable<Observation> SecretsAreInTheFile(NodeSubject node)
    {
        foreach (Setting leaf in node.Settings.Leaves().Where(IsSecret))
        {
            if (leaf.IsLiteral() && leaf.Text is { Length: > 0 })
            {
                yield return Observation.At("whoever reads the file has the password; the secure settings are made for it", leaf);
            }
            else if (leaf.IsUnknown || leaf.Text is { Length: > 0 })
            {
                yield return Observation.At(Severity.Medium, "the password comes out of the environment or the command line instead of the secure settings", leaf);
            }
        }

        foreach (EnvironmentVariable variable in SecretVariables.Select(node.Environment.Find).OfType<EnvironmentVariable>().Where(static v => v.Value is { Length: > 0 }))
        {
            yield return Observation.Of(
                Severity.Medium,
                "the password of an administrator lies in the environment, where `docker inspect` and every child process see it",
                Shown.Of(variable));
        }

        if (node.Settings.IsPartial)
        {
            yield return Observation.Unknown("the file cannot be read, so what secrets stand in it is not known") with { Evidence = [node.Absent("passwords")] };
        }
    }

    /// <summary>ES-021: passwords that everybody knows, as files show them.</summary>
    public static IEnumerable<Observation> PasswordsAreKnown(NodeSubject node)
    {
        foreach (EnvironmentVariable variable in SecretVariables.Select(node.Environment.Find).OfType<EnvironmentVariable>())
        {
            if (variable.Value is { } value && KnownPasswords.Contains(value))
            {
                yield return Observation.Of($"`{variable.Name}` is a password that everybody knows, or empty", Shown.Of(variable));
            }
        }

        if (!node.IsOpenSearch)
        {
            yield break;
        }

        if (node.Demo is { Value: not false } demo)
        {
            const string Text = "the image's demo installer makes users such as `kibanaserver` and `readall` whose passwords are their names";
            yield return demo.Value == true ? Observation.Of(Text, demo.Evidence) : Observation.Unknown(demo.Text) with { Evidence = demo.Evidence };
        }

        SecurityFile users = SecurityFolder.Read(node, "internal_users.yml");
        if (users.Why is { } why)
        {
            yield return Observation.Unknown($"`internal_users.yml` cannot be read: {why}") with { Evidence = [new Evidence(EvidenceKind.File, users.Path, "internal_users.yml")] };
        }

        foreach (Setting user in users.Tree.Root.Children)
        {
            Setting hash = users.Tree.Find(user.Path.Add("hash"));
            if (hash.Text is { } text && DemoHashes.Contains(text))
            {
                yield return Observation.Of(
                    $"user `{user.Name}` has the password of the demo installation",
                    new Evidence(EvidenceKind.File, users.Path, $"{user.Name}.hash: {Shown.Mask}", hash.Origin?.Line ?? 0, hash.Origin?.Column ?? 0));
            }
        }
    }

    /// <summary>ES-022: certificates whose keys everybody has.</summary>
    public static IEnumerable<Observation> CertificatesAreDemo(NodeSubject node)
    {
        if (!node.IsOpenSearch)
        {
            yield break;
        }

        if (node.Demo is { Value: not false } demo)
        {
            const string Text = "the image's demo installer makes node certificates, and an administrator's, whose private keys are public";
            yield return demo.Value == true ? Observation.Of(Text, demo.Evidence) : Observation.Unknown(demo.Text) with { Evidence = demo.Evidence };
        }

        Setting allowed = node.Secured("allow_unsafe_democertificates");
        if (allowed.IsUnknown)
        {
            yield return allowed.Doubt();
        }
        else if (allowed.Flag(false) == true)
        {
            yield return Observation.At("the node starts with demo certificates, whose private keys are public", allowed);
        }

        foreach (TlsEnd end in new[] { node.Http, node.Transport })
        {
            foreach (Setting file in new[] { end.Certificate, end.Key }.Where(static f => f.Text is { } text && DemoFiles.Contains(Path.GetFileName(text), StringComparer.OrdinalIgnoreCase)))
            {
                yield return Observation.At($"{end.What} shows the demo certificate, whose private key is public", file);
            }
        }

        foreach (StoredCertificate stored in node.Certificates)
        {
            bool isNamed = stored.Setting.Text is { } text && DemoFiles.Contains(Path.GetFileName(text), StringComparer.OrdinalIgnoreCase);
            if (!isNamed && stored.Facts is { } facts && facts.Issuer.Contains("Example Com Inc.", StringComparison.Ordinal))
            {
                yield return Observation.At($"the {stored.End.What} certificate is issued by the demo authority, whose private key is public", stored.Setting);
            }
        }
    }

    /// <summary>ES-066: the password of the first start is still there.</summary>
    public static IEnumerable<Observation> BootstrapPasswordStays(NodeSubject node)
    {
        if (node.Keystore is not { } store)
        {
            yield break;
        }

        if (store.State is KeystoreState.Locked or KeystoreState.Refused)
        {
            yield return Observation.Unknown($"what is in the node's keystore is not known: {store.Why}") with { Evidence = [new Evidence(EvidenceKind.File, store.Path, "bootstrap.password")] };
        }
        else if (store.Holds("bootstrap.password"))
        {
            yield return Observation.Of("the password of the first start is still in the keystore", new Evidence(EvidenceKind.File, store.Path, $"bootstrap.password: {Shown.Mask}"));
        }
    }

    // Names that end so; those with `secure_` never stand in the file.
    private static bool IsSecret(Setting leaf)
    {
        string path = leaf.Path.ToString();
        return SecretName().IsMatch(path) && !path.Contains("secure_", StringComparison.Ordinal) && !path.EndsWith("_secure", StringComparison.Ordinal)
            && (path.StartsWith("xpack.", StringComparison.Ordinal) || path.StartsWith("plugins.", StringComparison.Ordinal) || path.StartsWith("opendistro_security.", StringComparison.Ordinal)
                || path.StartsWith("transport.", StringComparison.Ordinal) || path.StartsWith("reindex.", StringComparison.Ordinal) || path.StartsWith("s3.", StringComparison.Ordinal) || path.StartsWith("bootstrap.", StringComparison.Ordinal));
    }

    [GeneratedRegex("(^|[._])(password|passphrase|secret|secret_key|access_key|keypassword|client_secret)$", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex SecretName();
}
