using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Validators;

/// <summary>No two listeners on one address, a wildcard covering the specific ones.</summary>
internal sealed class ListenCollisionValidator : IConfigurationValidator
{
    public void Validate(NodeConfiguration configuration, ConfigurationContext context)
    {
        // By port, so that a file with thousands of gates is not compared pair by pair.
        foreach (IGrouping<int, Listener> port in Listener.Of(configuration).GroupBy(static l => l.EndPoint.Port))
        {
            var taken = new List<Listener>();
            foreach (Listener listener in port)
            {
                Listener? first = taken.FirstOrDefault(listener.CollidesWith);
                if (first is null)
                {
                    taken.Add(listener);
                    continue;
                }

                context.Report(
                    ConfigurationProblems.ListenCollision,
                    $"{listener.What} listens on `{listener.EndPoint}`, which {first.What} has already (`{first.EndPoint}`)",
                    listener.Place,
                    "give one of them another port");
            }
        }
    }
}
