using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Problems;
using Gatehouse.Trust.Certificates;

namespace Gatehouse.Doctor.Ignite;

/// <summary>A key store or trust store as a node names it, opened where that is possible.</summary>
internal sealed class StoreFile
{
    /// <summary>The path as the node names it.</summary>
    public required string Named { get; init; }

    /// <summary>The path on this host, or null where it depends on what is not known.</summary>
    public string? Path { get; init; }

    /// <summary>Owner and mode, or null.</summary>
    public FileFact? Fact { get; init; }

    /// <summary>Whether there is no such file.</summary>
    public bool IsMissing { get; init; }

    /// <summary>Public halves of the certificates in it, that of the private key first; empty where it was not opened.</summary>
    public ImmutableArray<X509Certificate2> Certificates { get; init; } = [];

    /// <summary>Why it was not opened, as the end of a sentence, or null.</summary>
    public string? Lack { get; init; }

    /// <summary>Opens one with the password that the node has for it.</summary>
    /// <param name="subject">Whose.</param>
    /// <param name="named">The path as the node names it.</param>
    /// <param name="password">The password, or null where it is not known.</param>
    /// <param name="type">Its type as the node names it.</param>
    public static StoreFile Open(IgniteSubject subject, string named, string? password, string type)
    {
        if (subject.OnHost(named) is not { } path)
        {
            return new StoreFile { Named = named, Lack = subject.IsContainer ? "it lies in a container" : "its path is relative, and the folder that the node runs in is not known" };
        }

        FileFact? fact = subject.Host.Look(path);
        FileContent content = subject.Host.Read(path);
        if (content.Bytes is null)
        {
            return new StoreFile { Named = named, Path = path, Fact = fact, IsMissing = content.IsMissing, Lack = content.Why };
        }

        bool isJava = type.Equals("JKS", StringComparison.OrdinalIgnoreCase);
        try
        {
            CertificateFile opened = CertificateReader.Read(content.Bytes, password);
            return new StoreFile { Named = named, Path = path, Fact = fact, Certificates = opened.Certificates };
        }
        catch (ProblemException)
        {
            string lack = isJava ? "Java's own format (JKS) cannot be opened here"
                : password is null ? "its password is not known"
                : "it does not open with the password that the node has for it, or it is no PKCS#12 store";
            return new StoreFile { Named = named, Path = path, Fact = fact, Lack = lack };
        }
    }

    /// <summary>Its owner and mode as evidence, or its path.</summary>
    public Evidence Show(IHost host) => Fact is null ? new Evidence(EvidenceKind.Mode, Path ?? Named, IsMissing ? "no such file" : "not seen") : Shown.Of(Fact, host);
}
