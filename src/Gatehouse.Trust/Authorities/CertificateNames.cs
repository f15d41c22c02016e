using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Gatehouse.Problems;

namespace Gatehouse.Trust.Authorities;

/// <summary>The names that may stand in certificates.</summary>
internal static partial class CertificateNames
{
    private const string SubjectAlternativeName = "2.5.29.17";

    /// <summary>What a server certificate carries: loopback, host name, node name where it is a DNS name, and what was asked for; in one order.</summary>
    /// <exception cref="ProblemException">GH3040.</exception>
    public static IReadOnlyList<string> ForServer(string nodeName, IEnumerable<string> further)
    {
        SortedSet<string> names = new(StringComparer.Ordinal) { "localhost", "127.0.0.1", "::1" };
        foreach (string own in new[] { Environment.MachineName, nodeName })
        {
            // The machine's name is not the operator's choice here: an odd one is left out, not refused.
            if (DnsName().IsMatch(own))
            {
                names.Add(own.ToLowerInvariant());
            }
        }

        foreach (string name in further)
        {
            names.Add(Canonical(name));
        }

        return [.. names];
    }

    /// <summary>What another node's server certificate carries: loopback, its name where that is a DNS name, and what it asks for.</summary>
    /// <exception cref="ProblemException">GH3040.</exception>
    public static IReadOnlyList<string> ForNode(string nodeName, IEnumerable<string> further)
    {
        SortedSet<string> names = new(StringComparer.Ordinal) { "localhost", "127.0.0.1", "::1" };
        if (DnsName().IsMatch(nodeName))
        {
            names.Add(nodeName.ToLowerInvariant());
        }

        names.UnionWith(further.Select(Canonical));
        return [.. names];
    }

    /// <summary>Whether a certificate's alternative names are one URI, and that one.</summary>
    public static bool NamesNode(X509Certificate2 certificate, Uri node)
    {
        // GeneralName [6] uniformResourceIdentifier (RFC 5280, 4.2.1.6): the whole extension is compared with what it must be.
        SubjectAlternativeNameBuilder expected = new();
        expected.AddUri(node);
        X509Extension? found = certificate.Extensions[SubjectAlternativeName];
        return found is not null && found.RawData.AsSpan().SequenceEqual(expected.Build().RawData);
    }

    /// <summary>The names a certificate carries, in the same form and order.</summary>
    public static IReadOnlyList<string> Of(X509Certificate2 certificate)
    {
        SortedSet<string> names = new(StringComparer.Ordinal);
        foreach (X509SubjectAlternativeNameExtension extension in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            names.UnionWith(extension.EnumerateDnsNames());
            names.UnionWith(extension.EnumerateIPAddresses().Select(static a => a.ToString()));
        }

        return [.. names];
    }

    /// <summary>Whether it can name a node.</summary>
    public static bool IsNode(string name) => NodeName().IsMatch(name);

    /// <summary>Throws unless it can name a node.</summary>
    /// <exception cref="ProblemException">GH3040.</exception>
    public static void EnsureNode(string name)
    {
        if (!NodeName().IsMatch(name))
        {
            throw TrustProblems.NameInvalid.Exception(
                $"`{name}` cannot name a node", "1 to 63 letters, digits, `.`, `_` and `-`, beginning with a letter or digit");
        }
    }

    /// <summary>Throws unless it can be the common name of a client certificate (RFC 5280: at most 64 characters).</summary>
    /// <exception cref="ProblemException">GH3040.</exception>
    public static void EnsureClient(string name)
    {
        if (!ClientName().IsMatch(name))
        {
            throw TrustProblems.NameInvalid.Exception(
                $"`{name}` cannot name the holder of a certificate", "1 to 64 letters, digits, `.`, `_`, `@` and `-`");
        }
    }

    internal static string Canonical(string name)
    {
        if (IPAddress.TryParse(name, out IPAddress? address))
        {
            // `1` and `0x7f.1` parse as addresses too; only the canonical form means the same to everyone.
            string canonical = address.ToString();
            if (canonical.Equals(name, StringComparison.OrdinalIgnoreCase) && !canonical.Contains('%', StringComparison.Ordinal))
            {
                return canonical;
            }
        }
        else if (DnsName().IsMatch(name))
        {
            return name.ToLowerInvariant();
        }

        throw TrustProblems.NameInvalid.Exception(
            $"`{name}` is neither a DNS name nor an address in its usual form", "write `gate.example.org`, `*.example.org`, `192.0.2.7` or `2001:db8::7`");
    }

    [GeneratedRegex(@"\A(?=.{1,253}\z)(?:\*\.)?(?!-)[A-Za-z0-9-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex DnsName();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,62}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex NodeName();

    [GeneratedRegex(@"\A[A-Za-z0-9._@-]{1,64}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex ClientName();
}
