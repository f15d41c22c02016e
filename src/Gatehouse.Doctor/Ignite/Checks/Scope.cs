using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Ignite.Checks;

/// <summary>Makes rules of looks at one of the two configurations. Where it is not there, the rule says that it cannot know.</summary>
internal static class Scope
{
    private const string NoCluster =
        "the cluster's configuration was not given; it is no file of a node: save what `ignite3 cluster config show` prints, or name the file that the cluster was begun with";

    /// <summary>A rule about a node's own file.</summary>
    public static Rule<IgniteSubject> Node(string id, Func<IgniteSubject, IgniteFile, IEnumerable<Observation>> look) =>
        new(id, subject => subject.IsIgnite2 ? [] : Looked(subject, subject.Node, subject.NodeLack, look));

    /// <summary>A rule about the cluster's configuration.</summary>
    public static Rule<IgniteSubject> Cluster(string id, Func<IgniteSubject, IgniteFile, IEnumerable<Observation>> look) =>
        new(id, subject => subject.IsIgnite2 ? [] : Looked(subject, subject.Cluster, NoCluster, look));

    /// <summary>A rule about every file that is there.</summary>
    public static Rule<IgniteSubject> Both(string id, Func<IgniteSubject, IgniteFile, IEnumerable<Observation>> look) => new(id, subject =>
    {
        if (subject.IsIgnite2)
        {
            return [];
        }

        IgniteFile?[] files = [subject.Node, subject.Cluster];
        return files.All(static file => file is null)
            ? [Observation.Unknown(subject.NodeLack)]
            : files.Where(static file => file is not null).SelectMany(file => Looked(subject, file, "", look));
    });

    /// <summary>A rule about the TLS settings of each door that has TLS; where that cannot be told, it says so.</summary>
    public static Rule<IgniteSubject> EachTls(string id, Func<IgniteSubject, IgniteFile, IgniteChannel, IEnumerable<Observation>> look) => Node(id, (subject, file) =>
        IgniteChannel.All.SelectMany(channel => channel.IsTls(file) switch
        {
            true => look(subject, file, channel),
            false => [],
            null => [file.Unsure(channel.Tls("enabled"))],
        }));

    /// <summary>A rule about the host.</summary>
    public static Rule<IgniteSubject> Host(string id, Func<IgniteSubject, IEnumerable<Observation>> look) => new(id, look);

    private static IEnumerable<Observation> Looked(
        IgniteSubject subject, IgniteFile? file, string lack, Func<IgniteSubject, IgniteFile, IEnumerable<Observation>> look) =>
        file is null ? [Observation.Unknown(lack)]
        : file.Fault is { } fault ? [new Observation(fault, [file.ShowFault()]) { IsUnknown = true }]
        : look(subject, file);
}
