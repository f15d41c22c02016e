using System.Collections.Immutable;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Validators;

/// <summary>One concern of a configuration. Values that could not be read are empty and skipped: they are reported already.</summary>
internal interface IConfigurationValidator
{
    /// <summary>Reports what is wrong; never throws for what the file says.</summary>
    void Validate(NodeConfiguration configuration, ConfigurationContext context);
}

/// <summary>What validators see besides the configuration, and where they report to.</summary>
/// <param name="path">The configuration file.</param>
/// <param name="dataDirectory">The node's data folder.</param>
/// <param name="marks">Where each value stood.</param>
/// <param name="host">Facts of this host.</param>
internal sealed class ConfigurationContext(string path, string dataDirectory, ConfigurationMarks marks, IHostFacts host)
{
    private readonly List<Problem> _problems = [];

    public IHostFacts Host => host;

    public string DataDirectory => dataDirectory;

    public IReadOnlyList<Problem> Problems => _problems;

    public string Resolve(string file) => ConfigurationPaths.Resolve(path, file);

    public ProblemLocation At(string place) => marks.Of(place);

    public void Report(ProblemDefinition definition, string text, string place, string? hint = null) =>
        _problems.Add(definition.Because(text, At(place), hint));

    public void Add(IEnumerable<Problem> problems) => _problems.AddRange(problems);
}

/// <summary>The list that daemon and <c>gatehouse check</c> run, in this order.</summary>
internal static class ConfigurationValidators
{
    public static ImmutableArray<IConfigurationValidator> All { get; } =
    [
        new GateSettingsValidator(), new ListenCollisionValidator(), new OwnListenerValidator(), new ClearTextValidator(),
        new CatalogueValidator(), new CertificateValidator(), new NetworkValidator(), new RunAsValidator(), new TlsValidator(),
        new FipsValidator(), new OutputValidator(), new UpstreamIdentityValidator(), new SwarmKeyValidator(), new MeshValidator(),
        new StoreValidator(),
    ];
}
