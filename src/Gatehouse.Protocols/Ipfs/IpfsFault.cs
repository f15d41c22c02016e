using Gatehouse.Problems;

namespace Gatehouse.Protocols.Ipfs;

/// <summary>Why a request was not read: it is refused, nothing of it goes on.</summary>
/// <param name="Problem">The problem.</param>
/// <param name="Reason">A word that never changes, for the record.</param>
/// <param name="Detail">For the caller: it names options, never their values.</param>
public sealed record IpfsFault(ProblemDefinition Problem, string Reason, string Detail)
{
    internal static IpfsFault NotContentId(string where) =>
        new(IpfsProblems.NotContentId, "content_id", $"{where} is no CID");

    internal static IpfsFault UnknownOption() =>
        new(IpfsProblems.UnknownOption, "unknown_option", "the query has an option that this operation does not have");

    internal static IpfsFault BadOption(string name, string expected) =>
        new(IpfsProblems.BadOption, "bad_option", $"`{name}` takes {expected}");

    internal static IpfsFault RefusedOption(string name) =>
        new(IpfsProblems.RefusedOption, "refused_option", $"`{name}` does not pass the gate");

    internal static IpfsFault Reserved() =>
        new(IpfsProblems.ReservedMetadata, "reserved_metadata", "metadata under `gatehouse-` is Gatehouse's own");

    internal static IpfsFault Arguments(string expected) =>
        new(IpfsProblems.Arguments, "arguments", $"this command takes {expected}");

    internal static IpfsFault BadBody(string text) => new(IpfsProblems.BadBody, "bad_body", text);

    internal static IpfsFault BadPath() =>
        new(IpfsProblems.BadPath, "bad_path", "a path is `/ipfs/CID`, `/ipld/CID` or `/ipns/NAME` and what lies below it");
}
