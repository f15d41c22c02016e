using System.Collections.Immutable;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Ipfs.Cluster;

/// <summary>All rules about IPFS Cluster that ask no port.</summary>
internal static class ClusterRules
{
    /// <summary>All of them, by id.</summary>
    public static ImmutableArray<Rule<ClusterSubject>> All { get; } = [.. Secrets(), .. Trust(), .. Rest(), .. Pinning(), .. Surroundings()];

    private static IEnumerable<Rule<ClusterSubject>> Secrets() =>
    [
        Settings("IC001", SecretRules.MissingWithCrdt),
        Settings("IC002", SecretRules.MissingWithRaft),
        new("IC003", SecretRules.EmptyVariable),
        Settings("IC004", SecretRules.Malformed),
        Settings("IC005", SecretRules.Guessable),
        Settings("IC006", SecretRules.Differs),
        Settings("IC007", SecretRules.SharedWithKubo),
        new("IC008", FileRules.Modes),
        File("IC009", FileRules.PrivateKeys),
        File("IC010", FileRules.RemoteSource),
    ];

    private static IEnumerable<Rule<ClusterSubject>> Trust() =>
    [
        Settings("IC011", TrustRules.NotOneConsensus),
        new("IC020", static subject => subject.Blindness is { } blind ? TrustRules.TrustsAllByVariable(subject) is { IsEmpty: false } all ? all : [blind] : TrustRules.TrustsAll(subject)),
        Settings("IC021", TrustRules.TrustsNobody),
        Settings("IC022", TrustRules.OddIds),
        Settings("IC023", TrustRules.UsesRaft),
        Settings("IC024", TrustRules.RaftWithOpenRest),
        new("IC025", TrustRules.WidensTrust),
        Settings("IC026", TrustRules.PinsOnStrangers),
        Settings("IC027", TrustRules.SharesName),
    ];

    private static IEnumerable<Rule<ClusterSubject>> Rest() =>
    [
        Rest("IC030", ApiRules.OpenToAll),
        Rest("IC031", ApiRules.ClearText),
        Rest("IC032", ApiRules.OpenToLocals),
        Rest("IC033", TlsRules.Certificate),
        Rest("IC034", CredentialRules.EmptyPassword),
        Rest("IC035", CredentialRules.WeakPassword),
        Rest("IC036", ApiRules.OwnLibp2pHost),
        Settings("IC037", static subject => ApiRules.LogFile(subject.Rest).Concat(ProxyRules.LogFile(subject))),
        Rest("IC038", ApiRules.Headers),
        Rest("IC039", ApiRules.EmptyListen),
        Rest("IC040", CorsRules.AnyOrigin),
        Rest("IC041", CorsRules.Credentials),
        Rest("IC042", CorsRules.Methods),
        Settings("IC043", ApiRules.SlowHeaders),
        Settings("IC044", ApiRules.LargeHeader),
    ];

    private static IEnumerable<Rule<ClusterSubject>> Pinning() =>
    [
        Pinning("IC050", ApiRules.OpenToAll),
        Pinning("IC051", ApiRules.ClearText),
        Pinning("IC052", ApiRules.OpenToLocals),
        Pinning("IC053", TlsRules.Certificate),
        Pinning("IC054", CredentialRules.EmptyPassword),
        Pinning("IC055", CredentialRules.WeakPassword),
        Pinning("IC056", ApiRules.OwnLibp2pHost),
        Pinning("IC057", ApiRules.LogFile),
        Pinning("IC058", ApiRules.Headers),
        Pinning("IC059", ApiRules.EmptyListen),
        Pinning("IC060", CorsRules.AnyOrigin),
        Pinning("IC061", CorsRules.Credentials),
        Pinning("IC062", CorsRules.Methods),
    ];

    private static IEnumerable<Rule<ClusterSubject>> Surroundings() =>
    [
        Settings("IC070", ProxyRules.IsOn),
        Settings("IC071", ProxyRules.Exposed),
        Settings("IC072", ProxyRules.RemoteKubo),
        Settings("IC073", ProxyRules.Loop),
        Settings("IC080", ObservationRules.Metrics),
        Settings("IC081", ObservationRules.RemoteTraces),
        Settings("IC082", ObservationRules.TracesToNowhere),
        Settings("IC090", SwarmRules.ListensEverywhere),
        Settings("IC091", SwarmRules.Relays),
        Settings("IC092", SwarmRules.Announces),
        Settings("IC093", SwarmRules.HasNoBounds),
        Settings("IC094", SwarmRules.ListensInVain),
        File("IC095", FileRules.UnknownKeys),
        new("IC096", FileRules.Version),
        Settings("IC097", SwarmRules.LeavesAtStop),
    ];

    private static Rule<ClusterSubject> Rest(string id, Func<ApiSection, IEnumerable<Observation>> look) => Settings(id, subject => look(subject.Rest));

    private static Rule<ClusterSubject> Pinning(string id, Func<ApiSection, IEnumerable<Observation>> look) => Settings(id, subject => look(subject.Pinning));

    // Where the settings cannot be told, the rule says that.
    private static Rule<ClusterSubject> Settings(string id, Func<ClusterSubject, IEnumerable<Observation>> look) =>
        new(id, subject => subject.Blindness is { } blind ? [blind] : look(subject));

    // A rule on what stands in the file can do with a file that points elsewhere.
    private static Rule<ClusterSubject> File(string id, Func<ClusterSubject, IEnumerable<Observation>> look) =>
        new(id, subject => subject.Blindness is { } blind && subject.InFile.Root.Children.IsEmpty ? [blind] : look(subject));
}
